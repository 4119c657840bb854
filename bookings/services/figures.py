"""What is measured of a companion, over the orders made and the replies given in the last 90 days.

reply time: the median wait of a question (the client's oldest message not yet replied to) until her next message,
    counted from the question on, also when the clock stopped meanwhile. Half of her replies were at least as fast.
acceptance: of the paid orders that she accepted, declined, let expire or left by blocking the client, those she
    accepted. What she would have accepted while one of the two was taken is left out.
on time: of the accepted orders that began or that she did not come to, those whose first message came within
    3 minutes of accepting, or of the agreed time of an appointment.
completion: of the orders that were settled, that she did not come to, or that she cancelled after she had accepted
    them, those that were settled and did not end because she stayed away for the whole pause limit.

What the client cancels counts in acceptance once it was accepted, and nowhere else. Shares are rounded down.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import Max, Q, QuerySet

from bookings.models import JUDGED, Booking, Step
from common.clock import MS_PER_MINUTE, database_now_ms, moment
from listings import services as listings
from listings.models import Companion
from listings.services import Measured

WINDOW_DAYS = 90
ON_TIME_MS = 3 * MS_PER_MINUTE
MIN_REPLIES = 10
MIN_ORDERS = 5
"""Fewer than these say nothing about anybody: "not enough yet"."""

BATCH = 500
AGAIN_AFTER = timedelta(days=1)
# A step counts from its own moment, which lies a little before the commit that made it visible.
MARGIN = timedelta(minutes=2)
# Of many orders, a day's steps are more than can be read every two minutes.
LOOK_BACK = 2 * MARGIN
SQL = (Path(__file__).resolve().parent.parent / "sql" / "figures.sql").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Count:
    """So many of so many; `permille` is None while there are too few to say."""

    good: int
    all: int

    @property
    def permille(self) -> int | None:
        return self.good * 1000 // self.all if self.all >= MIN_ORDERS else None


@dataclass(frozen=True, slots=True)
class Waits:
    """So many replies and their median in ms; `shown_ms` is None while there are too few to say."""

    replies: int
    median_ms: int | None

    @property
    def shown_ms(self) -> int | None:
        return self.median_ms if self.replies >= MIN_REPLIES else None


@dataclass(frozen=True, slots=True)
class Figures:
    """The counts behind what is shown of one companion; `by_listing` by the listing's id."""

    user_id: int
    waits: Waits
    acceptance: Count
    on_time: Count
    completion: Count
    by_listing: dict[int, Waits]

    @property
    def measured(self) -> Measured:
        medians = {pk: waits.shown_ms for pk, waits in self.by_listing.items()}
        return Measured(
            user_id=self.user_id,
            reply_median_ms=self.waits.shown_ms,
            acceptance_pm=self.acceptance.permille,
            on_time_pm=self.on_time.permille,
            completion_pm=self.completion.permille,
            listing_medians={pk: ms for pk, ms in medians.items() if ms is not None},
        )


def figures_of(*, user_ids: Collection[int], now_ms: int | None = None) -> list[Figures]:
    """The figures of these companions, in one statement, as of `now_ms` (by default: now)."""
    now = database_now_ms() if now_ms is None else now_ms
    since = now - WINDOW_DAYS * 86_400_000
    with connection.cursor() as cursor:
        cursor.execute(SQL, {"companions": list(user_ids), "since_ms": since, "on_time_ms": ON_TIME_MS})
        return [_read(row) for row in cursor.fetchall()]


def _read(row: tuple[Any, ...]) -> Figures:
    user_id, replies, median, answered, accepted, due, begun, taken, completed, by_listing = row
    return Figures(
        user_id,
        Waits(replies, median),
        Count(accepted, answered),
        Count(begun, due),
        Count(completed, taken),
        {int(pk): Waits(*waits) for pk, waits in json.loads(by_listing).items()},
    )


def measure(*, user_ids: Collection[int]) -> int:
    """Computes the figures of these companions and shows them on their listings; returns how many there were."""
    now = database_now_ms()
    found = figures_of(user_ids=user_ids, now_ms=now)
    return listings.record_figures(measured=[figures.measured for figures in found], at=moment(now))


def measure_changed() -> int:
    """Measures whoever had an order that moved since she was measured last, and everybody once a day, as days go by.

    Safe to lose, to double and to run late: what was missed is measured the next time. Of a round that broke off in the
    middle only what moved lately is; the rest within the day.
    """
    now = moment(database_now_ms())
    moved = _last_moves(since=max(now - AGAIN_AFTER, _last_round() - LOOK_BACK))
    old = Q(figures_at=None) | Q(figures_at__lt=now - AGAIN_AFTER)
    looked_at = _served().filter(Q(user__in=moved) | old).values_list("user", "figures_at")
    return _measure_each([user for user, at in looked_at if at is None or moved.get(user, now) > at - MARGIN])


def measure_all() -> int:
    """Measures everybody who ever had an order."""
    return _measure_each(list(_served().values_list("user", flat=True)))


def _served() -> QuerySet[Companion]:
    return Companion.objects.filter(user__in=Booking.objects.values("companion")).order_by("pk")


def _last_round() -> datetime:
    return Companion.objects.aggregate(last=Max("figures_at"))["last"] or moment(0)


def _last_moves(*, since: datetime) -> dict[int, datetime]:
    """By companion, when an order of hers last took a step that counts, of those since then."""
    steps = Step.objects.filter(state__in=JUDGED, at_ms__gt=int(since.timestamp() * 1000))
    last = steps.order_by().values_list("booking__companion").annotate(Max("at_ms"))
    return {user_id: moment(at_ms) for user_id, at_ms in last}


def _measure_each(user_ids: list[int]) -> int:
    return sum(measure(user_ids=user_ids[start : start + BATCH]) for start in range(0, len(user_ids), BATCH))
