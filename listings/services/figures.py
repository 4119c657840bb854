from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from listings.models import Companion, Listing

SHOWN = ("reply_median_ms", "acceptance_pm", "on_time_pm", "completion_pm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What is to be shown of one companion: milliseconds and permille, None where there is not enough yet.

    `listing_medians` has the median reply in ms by the listing's id; a listing that is not in it has not enough.
    """

    user_id: int
    reply_median_ms: int | None
    acceptance_pm: int | None
    on_time_pm: int | None
    completion_pm: int | None
    listing_medians: dict[int, int] = field(default_factory=dict)


@transaction.atomic
def record_figures(*, measured: Iterable[Measured], at: datetime) -> int:
    """Writes down what was measured of these companions at this moment; returns how many there were.

    The number of queries does not depend on how many there are (up to 500 companions).
    """
    found = {one.user_id: one for one in measured}
    # All locks before the first change, in the order of everybody else: a change takes a companion's listings too.
    companions = list(_locked(Companion.objects.filter(user_id__in=found)))
    listings = list(_locked(Listing.objects.filter(companion__in=companions)))
    _write_companions(companions, found, at)
    _write_listings(listings, {one.pk: found[one.user_id].listing_medians for one in companions})
    return len(companions)


def _locked(rows: QuerySet) -> QuerySet:
    return rows.order_by("pk").select_for_update(no_key=True)


def _write_companions(companions: list[Companion], found: dict[int, Measured], at: datetime) -> None:
    for companion in companions:
        for name in SHOWN:
            setattr(companion, name, getattr(found[companion.user_id], name))
        companion.figures_at = at
    Companion.objects.bulk_update(companions, [*SHOWN, "figures_at"])


def _write_listings(listings: list[Listing], medians: dict[int, dict[int, int]]) -> None:
    for listing in listings:
        listing.median_reply_ms = medians[listing.companion_id].get(listing.pk)
    Listing.objects.bulk_update(listings, ["median_reply_ms"])
