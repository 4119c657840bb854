"""From when on and until when: pure functions of a booking's row and the database's clock."""

from bookings.models import OPEN, Booking, State, StopReason
from bookings.services import meets_from_ms
from common.clock import MS_PER_MINUTE
from safety.models.case import last_stop

LINK_LIFE_MS = 24 * 60 * MS_PER_MINUTE
ASK_AFTER_MS = 15 * MS_PER_MINUTE
RAISE_AFTER_MS = 30 * MS_PER_MINUTE


def was_agreed(booking: Booking) -> bool:
    """Two who meet in person, and she took the order: also when it did not come about afterwards."""
    return not booking.online and booking.hold_account_id is not None


def over_ms(booking: Booking, now_ms: int) -> int | None:
    """When it ended or closed without beginning; None while neither.

    A clock whose paid time is up has ended then, whether the meter has come by or not.
    """
    if booking.ended_ms is not None:
        return booking.ended_ms
    if booking.deadline_ms is not None and booking.deadline_ms <= now_ms:
        return booking.deadline_ms
    if booking.state in OPEN:
        return None
    return booking.steps.order_by("-id").values_list("at_ms", flat=True).first()


def dies_ms(booking: Booking, now_ms: int) -> int | None:
    """When its links die; None while it is not over."""
    over = over_ms(booking, now_ms)
    return None if over is None else over + LINK_LIFE_MS


def is_dead(booking: Booking, now_ms: int) -> bool:
    dies = dies_ms(booking, now_ms)
    return dies is not None and dies <= now_ms


def is_near(booking: Booking, now_ms: int) -> bool:
    """Agreed for within the hour, running, or over for less than a day; not what was called off before that hour."""
    if not was_agreed(booking) or is_dead(booking, now_ms):
        return False
    over = over_ms(booking, now_ms)
    return (now_ms if over is None else over) >= meets_from_ms(booking)


def was_called_off(booking: Booking, now_ms: int) -> bool:
    """It closed before the hour in which the two could meet: nobody was on the way yet."""
    over = over_ms(booking, now_ms)
    return over is not None and over < meets_from_ms(booking)


def unsaid_end_ms(booking: Booking) -> int | None:
    """When a meeting ended without a word of both; None of all others. Her end code is a word of both.

    Either its paid time ran out, or he ended it alone, or both had come and no start was recorded. While the clock runs
    this lies ahead, and moves with time that is paid on top.
    """
    if booking.online or booking.deadline_ms is not None:
        return None if booking.online else booking.deadline_ms
    if booking.state in (State.NO_SHOW, State.CANCELLED):
        closed = booking.steps.order_by("-id").values_list("at_ms", flat=True)
        return closed.first() if both_came(booking) else None
    return booking.ended_ms if last_stop(booking) in (StopReason.DEADLINE, StopReason.ENDED_BY_CLIENT) else None


def both_came(booking: Booking) -> bool:
    """Each said that he is at the place."""
    return booking.came_ms is not None and booking.client_came_ms is not None
