"""What other apps may ask of parties."""

from parties.services.inviting import booking_invited_to, invitation
from parties.services.seating import (
    Company,
    check_seat,
    free_seat,
    gather,
    is_open,
    join,
    leave,
    remove,
    seats_of,
    tables_of,
    take_part,
    unseat,
)
from parties.services.telling import tell_guests

__all__ = [
    "Company",
    "booking_invited_to",
    "check_seat",
    "free_seat",
    "gather",
    "invitation",
    "is_open",
    "join",
    "leave",
    "remove",
    "seats_of",
    "tables_of",
    "take_part",
    "tell_guests",
    "unseat",
]
