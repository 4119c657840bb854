"""When a companion can still be booked: her hours, minus what is promised and the pauses around it.

Moments are aware UTC datetimes; a "day" is one of Asia/Shanghai. What is offered here is checked again by
`check_free`, and what two people want at once is decided by `take_time`.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Exists

from listings.errors import NotFreeThen
from listings.kinds import GRID_MINUTES, HORIZON_DAYS, LEAST_NOTICE_MINUTES
from listings.models import DAY_MINUTES, Companion, Listing, SpecialHours

SQL = Path(__file__).resolve().parent.parent / "sql"
FREE_WINDOWS = (SQL / "free_windows.sql").read_text(encoding="utf-8")
FREE_FOR = (SQL / "free_for.sql").read_text(encoding="utf-8")
GRID = timedelta(minutes=GRID_MINUTES)
BEGINNING, END = datetime(2000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)

Window = tuple[datetime, datetime]


def free_windows(
    companions: Collection[int],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    travel_minutes: int = 0,
    without: UUID | None = None,
    now: datetime | None = None,
) -> dict[int, list[Window]]:
    """Of each companion the [start, end) in which an order may lie, in order; one query for all of them.

    An order that fits in a window leaves room for the pause after it, `travel_minutes` included, for the same before it
    if there is a way to go, and for the way to the next promise. That room may lie outside her hours. Nothing sooner
    than the notice she needs, nothing beyond the horizon. What is promised to the ref `without` is in nobody's way.
    `now` is the database's clock unless given.
    """
    asked = [(companion, travel_minutes) for companion in companions]
    windows = _free_windows(asked, since=since, until=until, now=now, without=without)
    return {companion: windows[companion, travel_minutes] for companion in companions}


def _free_windows(
    asked: Collection[tuple[int, int]],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    without: UUID | None = None,
    now: datetime | None = None,
) -> dict[tuple[int, int], list[Window]]:
    """By companion and minutes of travel."""
    words: dict[str, Any] = {
        "companions": [companion for companion, _travel in asked],
        "travel_minutes": [travel for _companion, travel in asked],
        "since": since or BEGINNING,
        "until": until or END,
        "without": without,
        "now": now,
        "least_notice": LEAST_NOTICE_MINUTES,
        "zone": settings.TIME_ZONE,
        "horizon_days": HORIZON_DAYS,
    }
    windows: dict[tuple[int, int], list[Window]] = {one: [] for one in asked}
    with connection.cursor() as cursor:
        cursor.execute(FREE_WINDOWS, words)
        for companion, travel, start, end in cursor.fetchall():
            windows[companion, travel].append((start, end))
    return windows


def free_slots(
    listing: Listing,
    *,
    minutes: int,
    since: datetime | None = None,
    until: datetime | None = None,
    without: UUID | None = None,
    now: datetime | None = None,
) -> list[datetime]:
    """The starts on the half-hour grid at which an order of `minutes` fits, in order; see `free_windows`."""
    windows = _windows(listing, since=since, until=until, without=without, now=now)
    return [start for window in windows for start in _starts(window, minutes)]


def bookable_windows(listing: Listing, *, until: datetime, now: datetime | None = None) -> list[Window]:
    """What is free until then, from the first start on the grid, where the shortest order of the listing fits."""
    return list(from_the_grid(_windows(listing, until=until, now=now), minutes=min(listing.lengths)))


def notice_minutes(listing: Listing) -> int:
    """How long before its start an order can be made or moved to it, as `free_windows` keeps it."""
    return max(listing.companion.lead_minutes, listing.policy.travel_minutes, LEAST_NOTICE_MINUTES)


def has_hours(companion: Companion) -> bool:
    """Whether she ever entered hours, be they free or not."""
    special = SpecialHours.objects.filter(special_day__companion=companion)
    return Companion.objects.filter(Exists(companion.weekly_hours.all()) | Exists(special), pk=companion.pk).exists()


def check_free(
    listing: Listing, *, starts_at: datetime, minutes: int, without: UUID | None = None, now: datetime | None = None
) -> None:
    """Raises NotFreeThen: off the grid, outside her hours, too soon, beyond the horizon, or promised to anybody but
    `without`."""
    if not (BEGINNING < starts_at < END and 0 < minutes <= DAY_MINUTES):
        raise NotFreeThen
    until = starts_at + timedelta(minutes=minutes)
    if starts_at not in free_slots(listing, minutes=minutes, since=starts_at, until=until, without=without, now=now):
        raise NotFreeThen


def next_free(listings: Collection[Listing], *, now: datetime | None = None) -> dict[int, datetime]:
    """By listing's id the earliest start at which its shortest order can be booked; one query for all of them.

    What cannot be booked for later has none.
    """
    later = [listing for listing in listings if listing.policy.bookable_later]
    windows = _free_windows({_asked(listing) for listing in later}, now=now)
    first = {
        listing.pk: next(from_the_grid(windows[_asked(listing)], minutes=min(listing.lengths)), None)
        for listing in later
    }
    return {listing: window[0] for listing, window in first.items() if window}


def _asked(listing: Listing) -> tuple[int, int]:
    return listing.companion_id, listing.policy.travel_minutes


def free_for_minutes(companion: Companion, *, now: datetime | None = None) -> int | None:
    """How long an order may last that starts now and ends, with her pause or her way, before her next promise.

    Whole minutes, 0 while something promised is running or the pause after it is; None when nothing is promised within
    a day.
    """
    with connection.cursor() as cursor:
        cursor.execute(FREE_FOR, {"companion": companion.pk, "now": now})
        row = cursor.fetchone()
    return row[0] if row else None


def _windows(listing: Listing, **asked: Any) -> list[Window]:
    travel = listing.policy.travel_minutes
    return free_windows([listing.companion_id], travel_minutes=travel, **asked)[listing.companion_id]


def _starts(window: Window, minutes: int) -> Iterator[datetime]:
    start, end = _on_grid(window[0]), window[1]
    while start + timedelta(minutes=minutes) <= end:
        yield start
        start += GRID


def from_the_grid(windows: Iterable[Window], *, minutes: int = GRID_MINUTES) -> Iterator[Window]:
    """The windows as they can be used: each from its first start, without those that are too short."""
    first = ((next(_starts(window, minutes), None), window[1]) for window in windows)
    return ((start, end) for start, end in first if start)


def _on_grid(moment: datetime) -> datetime:
    """The moment itself, or the next full or half hour of Shanghai's clock, which is one of UTC's too."""
    late = (moment - BEGINNING) % GRID
    return moment + (GRID - late) if late else moment
