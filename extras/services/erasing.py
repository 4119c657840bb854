"""A photo of a receipt goes a week after the visit, or after its extra was decided if that was later; words stay."""

from datetime import timedelta

from django.db.models.functions import Now

from bookings.models import Booking
from common.clock import database_now_ms
from extras.models import Extra

# As the page that asks for the photo says.
KEPT_DAYS = 7
KEPT_MS = int(timedelta(days=KEPT_DAYS).total_seconds()) * 1000


def erase_due(*, now_ms: int | None = None) -> int:
    """Erases the photos whose time is over; returns how many. `now_ms` is for tests: otherwise the database's clock."""
    by = (database_now_ms() if now_ms is None else now_ms) - KEPT_MS
    over = Booking.objects.filter(ended_ms__lte=by)
    due = Extra.objects.filter(erased_at=None, decided_ms__lte=by, booking__in=over)
    return due.update(photo=None, erased_at=Now())
