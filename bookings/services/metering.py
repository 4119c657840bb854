"""The sweep and the announcing of steps. A tick carries nothing: late, lost and doubled ticks give the same bill."""

from uuid import UUID

from django.db import transaction

from bookings.models import Step
from bookings.services.locking import meter
from bookings.signals import booking_stepped

LIMIT = 5000
STEPS_AT_ONCE = 200


def sweep(*, now_ms: int | None = None, only: UUID | None = None, limit: int = LIMIT) -> int:
    """Meters everything that is due and announces what changed; returns how many bookings were handled."""
    handled = 0
    while True:
        batch = meter(limit=limit, now_ms=now_ms, only=only)
        handled += batch
        if batch < limit or only:
            break
    while announce(only=only) == STEPS_AT_ONCE:
        pass
    return handled


@transaction.atomic
def announce(*, only: UUID | None = None) -> int:
    """Tells the apps above about steps they have not heard of, oldest first; returns how many were told.

    Steps another worker is just telling are skipped. Telling and marking are one transaction: exactly once.
    """
    steps = Step.objects.select_for_update(skip_locked=True, of=("self",)).filter(told=False)
    steps = steps.filter(booking=only) if only else steps
    rows = list(steps.select_related("booking", "booking__terms").order_by("id")[:STEPS_AT_ONCE])
    for step in rows:
        booking_stepped.send(Step, booking=step.booking, step=step)
    Step.objects.filter(pk__in=[step.pk for step in rows]).update(told=True)
    return len(rows)
