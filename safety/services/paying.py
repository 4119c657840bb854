"""While a person finds out what happened at a meeting, nobody is paid for it."""

from collections.abc import Collection
from uuid import UUID

from moderation import services as moderation
from safety.models import Outing
from safety.services import alarms, overdue


def under_review(refs: Collection[UUID]) -> set[UUID]:
    """Those of these bookings of which a call for help, or a missing answer, is being looked into. One query."""
    outings = Outing.objects.filter(moderation.under_review(alarms.CASE_KIND, overdue.CASE_KIND), pk__in=refs)
    return set(outings.values_list("pk", flat=True))
