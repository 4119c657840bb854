"""Days and hours as people in China read them: holidays, make-up working days, windows cut into days."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import chinese_calendar
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

ZONE = ZoneInfo(settings.TIME_ZONE)
DAY = timedelta(days=1)
# A window that ends by then is told as the end of the night before.
MORNING = timedelta(hours=12)

HOLIDAYS = {
    "New Year's Day": gettext_lazy("New Year's Day"),
    "Spring Festival": gettext_lazy("Spring Festival"),
    "Tomb-sweeping Day": gettext_lazy("Tomb-sweeping Day"),
    "Labour Day": gettext_lazy("Labour Day"),
    "Dragon Boat Festival": gettext_lazy("Dragon Boat Festival"),
    "National Day": gettext_lazy("National Day"),
    "Mid-autumn Festival": gettext_lazy("Mid-autumn Festival"),
}

# Shorter in Chinese than Django's own.
WEEKDAYS = (
    pgettext_lazy("weekday", "Mon"),
    pgettext_lazy("weekday", "Tue"),
    pgettext_lazy("weekday", "Wed"),
    pgettext_lazy("weekday", "Thu"),
    pgettext_lazy("weekday", "Fri"),
    pgettext_lazy("weekday", "Sat"),
    pgettext_lazy("weekday", "Sun"),
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """[start, end) in Shanghai's time, told under the day on which it begins."""

    start: datetime
    end: datetime

    @property
    def is_whole_day(self) -> bool:
        return self.end - self.start == DAY

    @property
    def end_words(self) -> str:
        """ "21:00", "24:00", or "next day 02:00"."""
        later = (self.end.date() - self.start.date()).days
        if later and self.end.time() == time.min:
            return "24:00"
        return _("next day %(time)s") % {"time": f"{self.end:%H:%M}"} if later else f"{self.end:%H:%M}"

    def __str__(self) -> str:
        return _("all day") if self.is_whole_day else f"{self.start:%H:%M}–{self.end_words}"


@dataclass(frozen=True, slots=True)
class Holiday:
    name: str
    works: bool  # a weekend day on which one works instead

    def __str__(self) -> str:
        return _("%(holiday)s, a working day") % {"holiday": self.name} if self.works else self.name


def holiday_of(day: date) -> Holiday | None:
    """The public holiday or the make-up working day; None on any other day, and where no list is published yet."""
    if not is_published(day.year):
        return None
    free, name = chinese_calendar.get_holiday_detail(day)
    return Holiday(str(HOLIDAYS.get(name, name)), works=not free) if name else None


@cache
def is_published(year: int) -> bool:
    """Whether the State Council's list of that year is known; it comes out in November of the year before."""
    try:
        chinese_calendar.get_holiday_detail(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


def today(now: datetime | None = None) -> date:
    return (now or datetime.now(ZONE)).astimezone(ZONE).date()


def midnight(day: date) -> datetime:
    """When the day begins in Shanghai."""
    return datetime.combine(day, time.min, ZONE)


def by_day(windows: Iterable[tuple[datetime, datetime]]) -> dict[date, list[Stretch]]:
    """The windows cut at midnight, except that an evening which goes on until before noon stays in one piece."""
    days: dict[date, list[Stretch]] = defaultdict(list)
    for start, end in windows:
        here, until = start.astimezone(ZONE), end.astimezone(ZONE)
        while here < until:
            cut = midnight(here.date() + DAY)
            is_night = here.time() > time.min and until < cut + MORNING
            stop = until if is_night else min(until, cut)
            days[here.date()].append(Stretch(here, stop))
            here = stop
    return days
