"""What was told of anybody's health goes a week after the end, and at once when the client wants it gone or the visit
did not come about."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from accounts.models import Consent
from bookings.models import OPEN, Booking
from bookings.services.locking import locked
from bookings.signals import booking_touched
from common.clock import database_now_ms
from visits.models import VisitPlan

# As the consent says (templates/visits/_consent.html).
KEPT_DAYS = 7
KEPT_MS = int(timedelta(days=KEPT_DAYS).total_seconds()) * 1000


def erase_due(*, now_ms: int | None = None) -> int:
    """Erases the plans whose time is over; returns how many. `now_ms` is for tests: otherwise the database's clock."""
    now = database_now_ms() if now_ms is None else now_ms
    return _erase(_over_since(now - KEPT_MS))


@transaction.atomic
def withdraw_consent(*, booking: Booking) -> None:
    """The client takes back what he allowed: nothing of it is left. Twice is once."""
    locked(booking)
    let_go(VisitPlan.objects.select_for_update(of=("self",)).get(booking=booking))
    booking_touched.send(Booking, booking=booking)


def let_go(plan: VisitPlan) -> None:
    """The consent of this plan is over, if there is one, and what stood under it gone. The caller holds its row."""
    Consent.objects.filter(pk__in=[plan.consent_id], withdrawn_at=None).update(withdrawn_at=Now())
    _erase(VisitPlan.objects.filter(pk=plan.pk))


def _over_since(ms: int) -> QuerySet[VisitPlan]:
    """Plans of visits that ended by then, settled or not, and of orders that were closed without beginning: nobody
    needs those."""
    over = Q(booking__ended_ms__lte=ms) | Q(booking__ended_ms=None) & ~Q(booking__state__in=OPEN)
    return VisitPlan.objects.filter(pk__in=VisitPlan.objects.filter(over, erased_at=None).values("pk"))


def _erase(plans: QuerySet[VisitPlan]) -> int:
    kept = plans.filter(erased_at=None, consent__isnull=False)
    return kept.update(needs=None, handover=None, erased_at=Now())
