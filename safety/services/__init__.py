"""What other modules may ask of safety."""

from safety.services.alarms import Place, raise_alarm
from safety.services.contacts import add_contact, change_contact, remove_contact
from safety.services.forgetting import forget
from safety.services.lateness import say_late
from safety.services.links import address_of, found, link_of, revoke, share
from safety.services.moments import LINK_LIFE_MS, dies_ms, is_dead, is_near, over_ms, was_agreed, was_called_off
from safety.services.notices import address_for, share_with_contacts
from safety.services.overdue import all_is_well, follow, is_asked, look
from safety.services.wayfinding import leave_directions

__all__ = [
    "LINK_LIFE_MS",
    "Place",
    "add_contact",
    "address_for",
    "address_of",
    "all_is_well",
    "change_contact",
    "dies_ms",
    "follow",
    "forget",
    "found",
    "is_asked",
    "is_dead",
    "is_near",
    "leave_directions",
    "link_of",
    "look",
    "over_ms",
    "raise_alarm",
    "remove_contact",
    "revoke",
    "say_late",
    "share",
    "share_with_contacts",
    "was_agreed",
    "was_called_off",
]
