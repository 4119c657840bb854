"""What other modules may ask of safety."""

from safety.services.alarms import Place, raise_alarm
from safety.services.contacts import add_contact, change_contact, remove_contact
from safety.services.forgetting import forget
from safety.services.lateness import say_late
from safety.services.links import address_of, found, link_of, names_place, revoke, share, share_anew
from safety.services.moments import (
    LINK_LIFE_MS,
    both_came,
    dies_ms,
    is_dead,
    is_near,
    over_ms,
    was_agreed,
    was_called_off,
)
from safety.services.notices import (
    address_for,
    has_reached_other,
    ids_of_letters,
    share_with_contacts,
    who_is_alarmed,
    whom_to_call,
)
from safety.services.overdue import all_is_well, follow, is_asked, look
from safety.services.paying import under_review
from safety.services.recovery import give_all_clear
from safety.services.resealing import reseal_meetings
from safety.services.wayfinding import forget_directions, leave_directions

__all__ = [
    "LINK_LIFE_MS",
    "Place",
    "add_contact",
    "address_for",
    "address_of",
    "all_is_well",
    "both_came",
    "change_contact",
    "dies_ms",
    "follow",
    "forget",
    "forget_directions",
    "found",
    "give_all_clear",
    "has_reached_other",
    "ids_of_letters",
    "is_asked",
    "is_dead",
    "is_near",
    "leave_directions",
    "link_of",
    "look",
    "names_place",
    "over_ms",
    "raise_alarm",
    "remove_contact",
    "reseal_meetings",
    "revoke",
    "say_late",
    "share",
    "share_anew",
    "share_with_contacts",
    "under_review",
    "was_agreed",
    "was_called_off",
    "who_is_alarmed",
    "whom_to_call",
]
