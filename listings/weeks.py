"""One week of a companion's calendar: what is free, what is promised, which days are special."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import zip_longest

from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from listings.days import DAY, ZONE, Holiday, Stretch, by_day, holiday_of, is_published, midnight, today
from listings.kinds import HORIZON_DAYS
from listings.models import Companion, SpecialDay, TakenTime
from listings.services import free_windows
from listings.services.availability import from_the_grid

WEEK = 7 * DAY
BACK = timedelta(weeks=8)


@dataclass(frozen=True, slots=True)
class Span:
    """A part of what is promised: the time itself, the way there ("way"), or the pause after it ("rest")."""

    start: datetime
    end: datetime
    taken: TakenTime
    what: str = ""

    @property
    def minutes(self) -> int:
        return (self.end - self.start) // timedelta(minutes=1)

    def __str__(self) -> str:
        """ "On the way, 30 min"; where she was somewhere, the pause begins with the way back."""
        words = {
            "": _("Booked"),
            "way": _("On the way, %(minutes)d min"),
            "rest": _("Way back and pause, %(minutes)d min") if self.taken.sets_off_at else _("Pause, %(minutes)d min"),
        }[self.what]
        return words % {"minutes": self.minutes}


@dataclass(frozen=True, slots=True)
class Entry:
    stretch: Stretch
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Day:
    date: date
    holiday: Holiday | None
    is_special: bool
    is_past: bool
    entries: list[Entry]


@dataclass(frozen=True, slots=True)
class Week:
    days: list[Day]
    before: date | None  # the Monday of the week before, None at the end of what is shown
    after: date | None

    @property
    def unpublished(self) -> int | None:
        """The year whose holidays are not known yet, if some of the week is in it."""
        return next((day.date.year for day in self.days if not is_published(day.date.year)), None)


def week_of(companion: Companion, asked: str, *, now: datetime | None = None) -> Week:
    """The week of the date `asked` (ISO), or of today when that makes no sense or is too far away."""
    here = today(now)
    monday = _monday(_date(asked, near=here))
    dates = [monday + number * DAY for number in range(7)]
    # A day more on both sides, or nights would be cut at the ends of the week.
    entries = _entries(companion, midnight(monday - DAY), midnight(monday + WEEK + DAY), now)
    special = set(companion.special_days.filter(day__in=dates).values_list("day", flat=True))
    days = [Day(day, holiday_of(day), day in special, day < here, entries.get(day, [])) for day in dates]
    before, after = monday - WEEK, monday + WEEK
    return Week(
        days,
        before if before >= _monday(here - BACK) else None,
        after if after < here + HORIZON_DAYS * DAY else None,
    )


@dataclass(frozen=True, slots=True)
class Special:
    """A date that is not like its weekday, and the promises on it that do not fit its hours: they stay."""

    day: SpecialDay
    stays: list[TakenTime]


def special_days_of(companion: Companion) -> list[Special]:
    """From today on."""
    days = companion.special_days.filter(day__gte=today()).prefetch_related("hours")
    taken = list(companion.taken.filter(ends_at__gt=Now(), starts_at__lt=F("ends_at")).order_by("starts_at"))
    return [Special(day, [one for one in taken if _is_outside(one, day)]) for day in days]


def spans(promises: Iterable[TakenTime]) -> Iterator[Span]:
    """What these promises, one companion's in order, fill, in order. Where the pause after one is the way to the next,
    it is told as the way: she goes it once."""
    promises = list(promises)
    for mine, following in zip_longest(promises, promises[1:]):
        way = Span(mine.sets_off_at or mine.starts_at, mine.starts_at, mine, "way")
        until = mine.free_again_at
        if following:
            until = min(until, following.sets_off_at or following.starts_at)
        parts = (way, Span(mine.starts_at, mine.ends_at, mine), Span(mine.ends_at, until, mine, "rest"))
        yield from (part for part in parts if part.minutes > 0)


def _is_outside(taken: TakenTime, special: SpecialDay) -> bool:
    """It begins on that date, and no hours of it hold it."""
    start = taken.starts_at.astimezone(ZONE)
    if start.date() != special.day:
        return False
    begin = start.hour * 60 + start.minute
    end = begin + (taken.ends_at - taken.starts_at) // timedelta(minutes=1)
    return not any(hours.start_min <= begin and end <= hours.end_min for hours in special.hours.all())


def _entries(companion: Companion, since: datetime, until: datetime, now: datetime | None) -> dict[date, list[Entry]]:
    windows = free_windows([companion.pk], since=since, until=until, now=now)[companion.pk]
    found = [(day, Entry(one)) for day, all_ in by_day(from_the_grid(windows)).items() for one in all_]
    near = companion.taken.filter(starts_at__lt=until + DAY, free_again_at__gt=since).order_by("starts_at")
    for span in spans(near):
        pieces = by_day([(span.start, span.end)])
        found += [(day, Entry(one, span)) for day, all_ in pieces.items() for one in all_]
    days: dict[date, list[Entry]] = {}
    for day, entry in sorted(found, key=lambda pair: pair[1].stretch.start):
        days.setdefault(day, []).append(entry)
    return days


def _date(text: str, *, near: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return near
    return day if near - BACK <= day < near + HORIZON_DAYS * DAY else near


def _monday(day: date) -> date:
    return day - day.weekday() * DAY
