"""Two people part for good: one of them blocked the other."""

from django.db import transaction

from accounts.models import User
from bookings.models import RUNNING, UNANSWERED, Booking, State
from bookings.services.cancelling import CANCELLABLE, quote
from bookings.services.lifecycle import cancel, close, expire_if_late, finish
from bookings.services.locking import locked

STILL_TOGETHER = (*UNANSWERED, State.ACCEPTED, *RUNNING)


@transaction.atomic
def part(*, by: User, other: User) -> None:
    """Closes all that is open between the two, whoever is the client; `by` is the one who leaves.

    What nobody has answered goes back whole; what was too late for an answer has expired. An accepted order counts as
    cancelled by `by`, with what that costs. What runs is ended by `by`: the minutes served stay billed, the rest goes
    back.
    """
    theirs = Booking.objects.between(by, other).filter(state__in=STILL_TOGETHER).order_by("created_at", "pk")
    # All rows before the first is left: leaving takes the lock of the talk, which a sweep takes after a row.
    for booking in list(theirs.select_for_update(no_key=True)):
        _leave(locked(booking), by)


def kept_by_parting(*, by: User, other: User, now_ms: int) -> int:
    """Fen that would stay with the companions of what `by` leaves, of the two, by blocking the other at `now_ms`."""
    open_ones = Booking.objects.between(by, other).filter(state__in=CANCELLABLE).select_related("terms")
    return sum(quote(booking, by=by, now_ms=now_ms).kept_fen for booking in open_ones)


def _leave(booking: Booking, by: User) -> None:
    if expire_if_late(booking):
        return
    if booking.state in UNANSWERED:
        booking.cancelled_by = by
        close(booking, State.CANCELLED, "cancelled_by")
    elif booking.state == State.ACCEPTED:
        cancel(booking=booking, by=by)
    elif booking.state in RUNNING:
        finish(booking, by)
