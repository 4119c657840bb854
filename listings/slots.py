"""What the slot picker shows: four weeks of days, and the starts of one of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from listings import services
from listings.days import ZONE, Holiday, holiday_of, today
from listings.kinds import HORIZON_DAYS
from listings.models import Listing

PARTS = ((0, _("Small hours")), (6, _("Morning")), (12, _("Afternoon")), (18, _("Evening")))


@dataclass(frozen=True, slots=True)
class SlotDay:
    date: date
    holiday: Holiday | None
    starts: list[datetime]  # in Shanghai's time

    @property
    def parts(self) -> list[tuple[str | Promise, list[datetime]]]:
        """The starts by part of the day, empty parts left out."""
        ends = [hour for hour, _label in PARTS[1:]] + [24]
        parts = [
            (label, [start for start in self.starts if begin <= start.hour < end])
            for (begin, label), end in zip(PARTS, ends, strict=True)
        ]
        return [part for part in parts if part[1]]

    @property
    def night_before(self) -> date | None:
        """Whose night the small hours still are, when there are any."""
        return self.date - timedelta(days=1) if self.starts and self.starts[0].hour < PARTS[1][0] else None


@dataclass(frozen=True, slots=True)
class Picker:
    listing: Listing
    minutes: int
    days: list[SlotDay]
    day: SlotDay | None
    starts_at: datetime | None
    has_hours: bool


def picker(listing: Listing, asked: Mapping[str, str], *, now: datetime | None = None) -> Picker:
    """`asked` may hold minutes, day (ISO) and starts_at (ISO); what makes no sense counts as not asked."""
    minutes = _chosen_minutes(listing, asked.get("minutes", ""))
    return picker_of(listing, minutes, services.free_slots(listing, minutes=minutes, now=now), asked, now=now)


def picker_of(
    listing: Listing, minutes: int, starts: Iterable[datetime], asked: Mapping[str, str], *, now: datetime | None = None
) -> Picker:
    """The same of these starts and that length."""
    by_date: dict[date, list[datetime]] = {}
    for start in starts:
        here = start.astimezone(ZONE)
        by_date.setdefault(here.date(), []).append(here)
    dates = [today(now) + timedelta(days=number) for number in range(HORIZON_DAYS)]
    days = [SlotDay(day, holiday_of(day), by_date.get(day, [])) for day in dates]
    wanted = _moment(asked.get("starts_at", ""))
    day = _chosen_day(days, asked.get("day", ""), wanted)
    has_hours = bool(by_date) or services.has_hours(listing.companion)
    return Picker(listing, minutes, days, day, wanted if day and wanted in day.starts else None, has_hours)


def _chosen_minutes(listing: Listing, asked: str) -> int:
    return next((minutes for minutes in listing.lengths if str(minutes) == asked), listing.lengths[0])


def _chosen_day(days: list[SlotDay], asked: str, wanted: datetime | None) -> SlotDay | None:
    """The day that was asked for, else that of the start, else the first with a start."""
    named = {day.date.isoformat(): day for day in days if day.starts}
    if not asked and wanted:
        asked = wanted.date().isoformat()
    return named.get(asked) or next(iter(named.values()), None)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(ZONE) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
