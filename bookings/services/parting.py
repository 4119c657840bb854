"""Two people part for good: one of them blocked the other."""

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import Block, User
from bookings.models import RUNNING, UNANSWERED, Booking, Share, State
from bookings.services.cancelling import CANCELLABLE, quote
from bookings.services.lifecycle import cancel, close, ending, expire_if_late, finish
from bookings.services.locking import hold_rows, locked
from bookings.signals import parted, parting
from payments import services as payments

STILL_TOGETHER = (*UNANSWERED, State.ACCEPTED, *RUNNING)


def are_parted(booking: Booking) -> bool:
    """A block keeps the two of this order apart, whoever of them began."""
    return Block.objects.between(booking.client_id, booking.companion_id).exists()


@transaction.atomic
def part(*, by: User, other: User) -> None:
    """Closes all that is open between the two, whoever is the client; `by` is the one who leaves.

    What nobody has answered goes back whole; what was too late for an answer has expired. An accepted order counts as
    cancelled by `by`, with what that costs. What runs is ended by `by`: the minutes served stay billed, the rest goes
    back. So is the order of somebody else in which she would serve whom she leaves because he has paid a share of it.
    """
    # All rows before the first is left: leaving takes the lock of the talk, which a sweep takes after a row.
    met = hold_rows(_meetings(by, other))
    theirs = [booking for booking in met if _is_left(booking, by, other)]
    # What runs is only ended here, and its money moves when it is settled.
    payments.lock_orders(*(ending(booking) for booking in theirs if booking.state not in RUNNING))
    for booking in sorted(theirs, key=lambda booking: (booking.created_at, booking.pk)):
        _leave(locked(booking), by)
    parted.send(Booking, by=by, other=other)


def _meetings(by: User, other: User) -> QuerySet[Booking]:
    """The open orders of the two, and those in which the apps above know that the two would meet."""
    found = Q(pk__in=Booking.objects.between(by, other).filter(state__in=STILL_TOGETHER))
    for _, rows in parting.send(Booking, by=by, other=other):
        found |= Q(pk__in=rows)
    return Booking.objects.filter(found)


def _is_left(booking: Booking, by: User, other: User) -> bool:
    if {booking.client_id, booking.companion_id} == {by.pk, other.pk}:
        return True
    has_paid = Share.objects.filter(booking=booking, payer=other, state=Share.State.PAID)
    return booking.companion_id == by.pk and has_paid.exists()


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
