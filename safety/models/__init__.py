from safety.models.alarm import Alarm, AllClear, Position
from safety.models.answer import Answer
from safety.models.contact import MOST_CONTACTS, TrustedContact
from safety.models.link import Link, Notice
from safety.models.outing import Outing
from safety.models.saying import LATE_MINUTES, MOST_DIRECTIONS, Delay, Directions

__all__ = [
    "LATE_MINUTES",
    "MOST_CONTACTS",
    "MOST_DIRECTIONS",
    "Alarm",
    "AllClear",
    "Answer",
    "Delay",
    "Directions",
    "Link",
    "Notice",
    "Outing",
    "Position",
    "TrustedContact",
]
