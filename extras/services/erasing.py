"""What was laid out for can tell of health: the photo goes a week after the visit, or after the extra was decided if
that was later, and with it all words but those of what was paid."""

from datetime import timedelta

from django.db.models import Case, F, Value, When
from django.db.models.functions import Now

from bookings.models import Booking
from common.clock import database_now_ms
from extras.models import Extra

# As the pages say that ask for the photo and for a word.
KEPT_DAYS = 7
KEPT_MS = int(timedelta(days=KEPT_DAYS).total_seconds()) * 1000


def erase_due(*, now_ms: int | None = None) -> int:
    """Erases what is kept for too long; returns of how many extras. `now_ms` is for tests: otherwise the database's
    clock."""
    by = (database_now_ms() if now_ms is None else now_ms) - KEPT_MS
    over = Booking.objects.filter(ended_ms__lte=by)
    due = Extra.objects.filter(erased_at=None, decided_ms__lte=by, booking__in=over)
    what = Case(When(state=Extra.State.PAID, then=F("what")), default=Value(""))
    return due.update(photo=None, what=what, reply="", erased_at=Now())
