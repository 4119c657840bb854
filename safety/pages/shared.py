"""What somebody trusted sees of a meeting: who, where, when and how far; no sums, no words of theirs, no reason why.

Where to and how far is the client's own story where a kind notes stages: a companion's friends read that she is at work
until then and then, and not in which hospital he is; unless she called for help, and must be found. A call for help
stands on the link of who called alone: whoever has the other's may tell the other.
"""

from typing import Any

from bookings.models import FINISHED, Booking, State
from common.clock import database_now_ms, moment
from safety import services
from safety.models import Link
from safety.pages.helping import help_of


def shared_page(link: Link) -> dict[str, Any]:
    """`dies` is None while the meeting is not over; `came` are names with moments, in the order they came; `help` is
    what `help_of` says."""
    booking, now = link.booking, database_now_ms()
    over, dies = services.over_ms(booking, now), services.dies_ms(booking, now)
    began = booking.live_since_ms or booking.segments.order_by("start_ms").values_list("start_ms", flat=True).first()
    is_client = link.user_id == booking.client_id
    return {
        "booking": booking,
        "who": _names(booking, is_client=is_client),
        "is_client": is_client,
        "names_place": services.names_place(link),
        "kind": booking.listing.policy.label,
        "place": booking.terms.place,
        "came": _came(booking),
        "began": moment(began) if began else None,
        "until": moment(booking.deadline_ms) if booking.deadline_ms else None,
        "over": moment(over) if over else None,
        "was_to_begin": services.both_came(booking),
        "took_place": booking.state in (*FINISHED, State.LIVE),
        "dies": moment(dies) if dies else None,
        "help": help_of(booking, link.user),
    }


def _names(booking: Booking, *, is_client: bool) -> list[str]:
    """Whose link it is comes first."""
    names = [booking.client.display_name, booking.terms.companion_name]
    return names if is_client else names[::-1]


def _came(booking: Booking) -> list[dict[str, Any]]:
    said = [
        (booking.client_came_ms, booking.client.display_name),
        (booking.came_ms, booking.terms.companion_name),
    ]
    return [{"name": name, "at": moment(ms)} for ms, name in sorted((ms, name) for ms, name in said if ms)]
