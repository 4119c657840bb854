"""What became of an order of which nothing was served, in English: a payer's bank reads it."""

from bookings.models import Booking, State
from common.clock import moment

BECAME = {
    State.DECLINED: "The companion declined it",
    State.EXPIRED: "The time in which it had to be paid and accepted was over",
    State.ENDED: "It ended before anything was served",
    State.EXHAUSTED: "It ended before anything was served",
    State.SETTLED: "It ended before anything was served",
}
DISPUTED = "We closed it, because a payment for it was disputed"
NOT_YET = "It has not begun yet"


def what_became(booking: Booking) -> str:
    """One sentence or two, with the moment of its end if it has come to one."""
    words = DISPUTED if booking.disputed else BECAME.get(State(booking.state)) or _by_whom(booking)
    if words is None:
        return f"{NOT_YET}: nothing was served."
    last = booking.steps.order_by("id").last()
    when = f" ({moment(last.at_ms):%Y-%m-%d %H:%M} UTC)" if last else ""
    return f"{words}{when}. Nothing was served."


def _by_whom(booking: Booking) -> str | None:
    """Of what was cancelled, or to which somebody did not come."""
    ended = {State.CANCELLED: "{who} cancelled it before it began", State.NO_SHOW: "{who} did not come"}
    words = ended.get(State(booking.state))
    whose = booking.cancelled_by_id or booking.missed_by_id
    names = {booking.client_id: "The client", booking.companion_id: "The companion", None: "One of the two"}
    return words.format(who=names.get(whose, "One of the two")) if words else None
