"""What the two see of another start that is proposed, as plain values for the templates."""

from collections.abc import Mapping
from typing import Any

from accounts.models import User
from bookings.models import Booking, Move, Share
from bookings.pages.leaving import MS_PER_HOUR, late_sum, rules_of
from bookings.pages.prices import late_starts
from bookings.services import may_move, moves_late, other_starts, standing_move
from bookings.services.cancelling import Rule, late_cancel_ms, percent_back
from common.clock import MS_PER_MINUTE, moment
from listings.slots import Picker, picker_of


def moving_part(booking: Booking, user: User, now_ms: int) -> dict[str, Any]:
    """`may_move`: another start can be proposed; `move`: the one that stands, or None, with whether this user
    `has_agreed` and how many of those who are asked are `missing`; `move_waits`: for this user."""
    move = standing_move(booking, now_ms)
    agreed = move.agreed if move else set()
    missing = move.asked - agreed if move else set()
    answers = {"has_agreed": user.pk in agreed, "missing": len(missing), "is_shared": others_pay(booking)}
    return {
        "may_move": may_move(booking, now_ms),
        "move": move and {**move_part(move, booking, user, now_ms), **answers},
        "move_waits": user.pk in missing,
    }


def move_part(move: Move, booking: Booking, user: User, now_ms: int) -> dict[str, Any]:
    """Old and new time, until when it can be answered, what cancelling would give back once it is agreed, and
    `loses_fen`: what would stay with the companion if the client cancelled now, and no longer would then."""
    counted_ms = min(move.to_ms, move.late_start_ms or move.to_ms)
    rules = rules_of(booking.terms, counted_ms, now_ms)
    return {
        "pk": move.pk,
        "booking_id": booking.pk,
        "is_mine": move.proposed_by_id == user.pk,
        "by_client": move.proposed_by_id == booking.client_id,
        "is_client": booking.client_id == user.pk,
        "name": _name_of_other(booking, user),
        "old": (moment(move.from_ms), moment(move.from_ms + booking.granted_ms)),
        "new": (moment(move.to_ms), moment(move.to_ms + booking.granted_ms)),
        "expires": moment(move.expires_ms),
        "rules": rules,
        "late": late_sum(booking.terms, rules),
        "loses_fen": 0 if rules["is_late"] else _stays_fen(booking, now_ms),
    }


def others_pay(booking: Booking) -> bool:
    """Somebody beside the client has paid a part of it: he is asked too."""
    if not booking.terms.is_shared:
        return False
    return booking.shares.filter(state=Share.State.PAID).exclude(payer=booking.client_id).exists()


def in_short(part: dict[str, Any]) -> str:
    """Changes when the two see something new of it."""
    move = part["move"]
    return f"{part['may_move']} {move and (move['pk'], move['missing'])}"


def move_page(booking: Booking, user: User, asked: Mapping[str, str], now_ms: int) -> dict[str, Any]:
    """The starts that can be proposed; `asked` may hold day and starts_at, as for `listings.slots.picker`."""
    is_client = booking.client_id == user.pk
    picker = picker_of(booking.listing, booking.granted_ms // MS_PER_MINUTE, other_starts(booking), asked)
    return {
        "booking": booking,
        "is_client": is_client,
        "name": _name_of_other(booking, user),
        "picker": picker,
        "move": moving_part(booking, user, now_ms)["move"],
        "others_pay": others_pay(booking),
        **(_lateness(booking, user, picker, now_ms) if is_client else _loss(booking, user, now_ms)),
    }


def _lateness(booking: Booking, user: User, picker: Picker, now_ms: int) -> dict[str, Any]:
    """What cancelling gives back: `stays_late`, as before, or `late`, of the day's starts that are near."""
    terms = booking.terms
    if moves_late(booking, user, now_ms):
        return {"stays_late": late_sum(terms, rules_of(terms, booking.counted_start_ms, now_ms))}
    near = {"percent": percent_back(terms, Rule.LATE_CANCEL), "late_ms": late_cancel_ms(terms)}
    return {"late": late_starts(picker.day.starts if picker.day else [], terms.prepaid_fen, **near)}


def _loss(booking: Booking, user: User, now_ms: int) -> dict[str, Any]:
    """`loses`: what would stay with the companion if the client cancelled now, and what she asks for puts at risk."""
    fen = _stays_fen(booking, now_ms)
    if not fen or moves_late(booking, user, now_ms):
        return {}
    return {"loses": {"fen": fen, "hours": late_cancel_ms(booking.terms) // MS_PER_HOUR}}


def _stays_fen(booking: Booking, now_ms: int) -> int:
    """Fen, the platform's share included, that cancelling late would leave now."""
    late = late_sum(booking.terms, rules_of(booking.terms, booking.counted_start_ms, now_ms))
    return booking.terms.prepaid_fen - late["back_fen"] if late else 0


def _name_of_other(booking: Booking, user: User) -> str:
    """To the client the companion's; to her, and to guests, the client's."""
    return booking.listing.companion.display_name if booking.client_id == user.pk else booking.client.display_name
