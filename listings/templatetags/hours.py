"""Free time on pages: the coming week of a listing, the slot picker, the next free moment in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django import template
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from listings import days, services, slots
from listings.days import ZONE, Holiday, Stretch
from listings.models import Listing
from listings.models.hours import Hours

register = template.Library()
WEEK = 7
EVENING = 18


@dataclass(frozen=True, slots=True)
class FreeDay:
    date: date
    holiday: Holiday | None
    free: list[Stretch]


@register.simple_tag
def free_week(listing: Listing) -> list[FreeDay]:
    """Today and the six days after, each with what can still be booked; empty when nothing can be on any of them."""
    first = days.today()
    dates = [first + timedelta(days=number) for number in range(WEEK)]
    # A day more, or the last night would end at midnight.
    windows = services.bookable_windows(listing, until=days.midnight(first + timedelta(days=WEEK + 1)))
    free = days.by_day(windows)
    week = [FreeDay(day, days.holiday_of(day), free.get(day, [])) for day in dates]
    return week if any(day.free for day in week) else []


@register.simple_tag
def has_hours(listing: Listing) -> bool:
    return services.has_hours(listing.companion)


@register.simple_tag
def earliest(listings: Iterable[Listing]) -> dict[int, datetime]:
    """The next free start by listing's id, for a whole page of listings in one query."""
    return services.next_free(list(listings))


@register.filter
def of(by_listing: dict[int, datetime] | None, listing: Listing) -> datetime | None:
    """That listing's of what `earliest` found."""
    return (by_listing or {}).get(listing.pk)


@register.simple_tag(takes_context=True)
def slot_picker(context: template.Context, listing: Listing) -> slots.Picker:
    """For templates/listings/_slots.html, with the length, day and start that the page was asked for."""
    request = context.get("request")
    asked = (request.POST or request.GET) if request else {}
    return slots.picker(listing, asked)


@register.filter
def hours_words(hours: Hours) -> str:
    """Hours of a date or a weekday as a stretch: "22:00–next day 02:00"."""
    start = days.midnight(days.today()) + timedelta(minutes=hours.start_min)
    return str(Stretch(start, start + timedelta(minutes=hours.length_min)))


@register.filter
def utc_iso(moment: datetime) -> str:
    """As a form sends it: "2026-12-31T12:00:00Z"."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


@register.filter
def relative_day(day: date) -> str:
    """ "Today", "Tomorrow", else the weekday."""
    later = (day - days.today()).days
    return {0: _("Today"), 1: _("Tomorrow")}.get(later) or _weekday(day)


def _weekday(day: date) -> str:
    return str(days.WEEKDAYS[day.weekday()])


@register.filter
def soon(moment: datetime) -> str:
    """A free start in a few words: "tonight 20:00", "tomorrow 09:30", "Wed 14:00", "December 31 14:00"."""
    here = moment.astimezone(ZONE)
    later = (here.date() - days.today()).days
    if later >= WEEK:
        day = date_format(here, "MONTH_DAY_FORMAT")
    elif later == 0 and here.hour >= EVENING:
        day = _("tonight")
    else:
        day = {0: _("today"), 1: _("tomorrow")}.get(later) or _weekday(here.date())
    return f"{day} {here:%H:%M}"
