from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from bookings.models import Booking, Move, State
from bookings.services import meets_from_ms, side_of
from bookings.services.locking import hold_row
from bookings.signals import booking_touched
from chat.services import conversations
from common.clock import MS_PER_MINUTE, database_now_ms
from safety.errors import NotLateNow, TooLateForThat
from safety.models import LATE_MINUTES, Delay

EVENT = "late"


@transaction.atomic
def say_late(*, booking: Booking, by: User, minutes: int, key: UUID, now_ms: int | None = None) -> Delay:
    """The other sees it at once, on his page and in the talk. It changes nothing about who counts as not having come.

    The same key twice is once. Raises NotLateNow: too early, begun, or over; TooLateForThat: that is over already, or
    it will have closed by then. `now_ms` is for tests.
    """
    # The row is held, and read only now: it may have closed since the page was opened, or moved.
    hold_row(booking.pk)
    booking = Booking.objects.get(pk=booking.pk)
    now = database_now_ms() if now_ms is None else now_ms
    said = {"booking": booking, "user": by, "key": key}
    if earlier := Delay.objects.filter(**said).first():
        return earlier
    if not may_be_late(booking, now):
        raise NotLateNow
    if minutes not in late_choices(booking, now):
        raise TooLateForThat
    delay, created = Delay.objects.get_or_create(**said, defaults={"minutes": minutes, "at_ms": now})
    if created:
        side = side_of(booking, by)
        conversations.tell(booking=booking, event=EVENT, reason=side, minutes=minutes, at_ms=now)
        booking_touched.send(Booking, booking=booking)
    return delay


def may_be_late(booking: Booking, now_ms: int) -> bool:
    """From when the two can say that they are there, until it has begun or is a no-show."""
    agreed = not booking.online and booking.state == State.ACCEPTED
    return agreed and meets_from_ms(booking) <= now_ms < (booking.due_ms or 0)


def late_choices(booking: Booking, now_ms: int) -> list[int]:
    """How many minutes after the agreed time one can still say to come: after this moment, and before the booking
    closes for want of a start. A trigger knows the same."""
    return [minutes for minutes in LATE_MINUTES if now_ms < late_ms(booking, minutes) < (booking.due_ms or 0)]


def late_ms(booking: Booking, minutes: int) -> int:
    """When somebody comes who is so late."""
    return (booking.starts_ms or 0) + minutes * MS_PER_MINUTE


def said_late(booking: Booking) -> QuerySet[Delay]:
    """What the two said of the start that holds, in order: for another one that they agreed on nobody is late yet."""
    agreed = booking.moves.filter(state=Move.State.AGREED).order_by("-pk").values("decided_ms")[:1]
    return Delay.objects.filter(booking=booking, at_ms__gt=Coalesce(Subquery(agreed), 0)).order_by("at_ms", "pk")
