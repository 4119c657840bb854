"""What only served one meeting is erased with its links, 24 hours after it: addresses, positions, the way there."""

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import Letter
from bookings.models import PARTLY_KEPT, Booking, Step
from common.clock import database_now_ms
from safety.models import Alarm, Directions, Link, Notice, Position
from safety.services.moments import LINK_LIFE_MS


@transaction.atomic
def forget(*, now_ms: int | None = None) -> int:
    """Returns how many rows were emptied or erased. `now_ms` is for tests."""
    now = database_now_ms() if now_ms is None else now_ms
    gone = _over_before(now - LINK_LIFE_MS)
    emptied = Link.objects.filter(sealed__isnull=False, booking__in=gone).update(sealed=None)
    emptied += Position.objects.filter(alarm__in=Alarm.objects.filter(booking__in=gone)).delete()[0]
    emptied += Directions.objects.filter(booking__in=gone).delete()[0]
    return emptied + Notice.objects.filter(letter__in=_past()).exclude(email="").update(email="")


def _over_before(ms: int) -> QuerySet[Booking]:
    closed = Step.objects.filter(booking=OuterRef("pk"), state__in=PARTLY_KEPT, at_ms__lte=ms)
    return Booking.objects.filter(Q(ended_ms__lte=ms) | Q(Exists(closed), state__in=PARTLY_KEPT), online=False)


def _past() -> QuerySet[Letter]:
    """Letters that are not sent any more, if they have not been."""
    return Letter.objects.filter(not_after__lte=timezone.now())
