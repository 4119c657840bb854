"""The runs that came to their end, and how far they have seen."""

from datetime import UTC, datetime

from django.db.models import QuerySet

from payments.models import Reconciliation

NEVER = datetime.min.replace(tzinfo=UTC)


def finished() -> QuerySet[Reconciliation]:
    return Reconciliation.objects.exclude(finished_at=None)


def last_run() -> Reconciliation | None:
    """The last one that came to its end."""
    return finished().order_by("-started_at").first()


def read_until() -> datetime:
    """When the provider's book was last read, up to its end; `NEVER` before the first time."""
    last = last_run()
    return last.started_at if last else NEVER
