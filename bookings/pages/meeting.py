"""What the two of an appointment in person see of their meeting, as plain values for the templates."""

from typing import Any

from accounts.models import User
from bookings.models import Booking, MeetingCode, State
from bookings.services import code_of, meets_from_ms
from common.clock import moment

PURPOSE = {State.ACCEPTED: MeetingCode.Purpose.START, State.LIVE: MeetingCode.Purpose.END}


def meeting_part(booking: Booking, user: User, now_ms: int) -> dict[str, Any] | None:
    """None for a chat, and while nothing is agreed or all is over.

    `near`: they can check in, and show and enter `purpose`'s code; `opens`, `latest`: from and until when they can.
    `digits` is for the client alone.
    """
    purpose = PURPOSE.get(State(booking.state))
    if booking.online or purpose is None:
        return None
    near = booking.state == State.LIVE or now_ms >= meets_from_ms(booking)
    return {
        "near": near,
        "begun": now_ms >= (booking.starts_ms or 0),
        "opens": moment(meets_from_ms(booking)),
        "latest": moment(booking.due_ms) if booking.due_ms else None,
        "purpose": purpose.value,
        "digits": _digits(booking, user, purpose) if near else "",
        **_who_is_there(booking, user),
        **_until(booking),
    }


def in_short(meeting: dict[str, Any] | None) -> str:
    """Changes when the two see something new of it."""
    if meeting is None:
        return ""
    return " ".join(str(meeting[name]) for name in ("near", "begun", "digits", "mine", "theirs"))


def _digits(booking: Booking, user: User, purpose: MeetingCode.Purpose) -> str:
    return code_of(booking=booking, purpose=purpose, by=user).digits if user.pk == booking.client_id else ""


def _who_is_there(booking: Booking, user: User) -> dict[str, Any]:
    came = [booking.client_came_ms, booking.came_ms]
    mine, theirs = came if user.pk == booking.client_id else reversed(came)
    return {"mine": moment(mine) if mine else None, "theirs": moment(theirs) if theirs else None}


def _until(booking: Booking) -> dict[str, Any]:
    """`began`, and `paid_until`: the end of all that is granted, overtime too. The clock never stands."""
    if booking.live_since_ms is None or booking.deadline_ms is None:
        return {}
    return {"began": moment(booking.live_since_ms), "paid_until": moment(booking.deadline_ms)}
