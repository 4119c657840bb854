"""The rules of availability once more, in plain Python and minute by minute, to hold the SQL against."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from listings.kinds import HORIZON_DAYS
from listings.models import Companion, SpecialDay, SpecialHours, TakenTime, WeeklyHours

SHANGHAI = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    """A moment as it is written in Shanghai: "2026-12-31 22:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def open_each(companion: Companion, weekdays: str, start: str, minutes: int) -> None:
    """Weekly hours on each of the weekdays, as in "01234", from "20:00" for so many minutes."""
    hour, minute = start.split(":")
    for weekday in weekdays:
        WeeklyHours.objects.create(
            companion=companion, weekday=int(weekday), start_min=int(hour) * 60 + int(minute), length_min=minutes
        )


def free_by_minute(
    companion: Companion, *, since: datetime, until: datetime, now: datetime, travel_minutes: int = 0
) -> list[tuple[datetime, datetime]]:
    """What `free_windows` answers, found by asking about each minute; everything must be in whole minutes."""
    since = max(since, now + max(companion.lead_minutes, travel_minutes, 15) * MINUTE)
    until = min(until, _midnight(now.astimezone(SHANGHAI).date() + timedelta(days=HORIZON_DAYS)))
    opened, taken = _opened(companion, since, until), _taken(companion, travel_minutes)
    windows: list[tuple[datetime, datetime]] = []
    moment = since
    while moment < until:
        if _within(moment, opened) and not _within(moment, taken):
            grows = windows and windows[-1][1] == moment
            windows[-1:] = [(windows[-1][0], moment + MINUTE)] if grows else [*windows[-1:], (moment, moment + MINUTE)]
        moment += MINUTE
    return windows


def _opened(companion: Companion, since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    day, opened = since.astimezone(SHANGHAI).date() - timedelta(days=2), []
    while _midnight(day) < until:
        special = SpecialDay.objects.filter(companion=companion, day=day).first()
        weekly = WeeklyHours.objects.filter(companion=companion, weekday=day.weekday())
        hours = SpecialHours.objects.filter(special_day=special) if special else weekly
        starts = [(_midnight(day) + one.start_min * MINUTE, one.length_min) for one in hours]
        opened += [(start, start + length * MINUTE) for start, length in starts]
        day += timedelta(days=1)
    return opened


def _taken(companion: Companion, travel_minutes: int) -> list[tuple[datetime, datetime]]:
    pause = (companion.buffer_minutes + travel_minutes) * MINUTE
    way = pause if travel_minutes else 0 * MINUTE
    return [
        (min(one.starts_at - pause, one.sets_off_at or one.starts_at), max(one.free_again_at, one.ends_at + way))
        for one in TakenTime.objects.filter(companion=companion)
    ]


def _within(moment: datetime, windows: list[tuple[datetime, datetime]]) -> bool:
    return any(start <= moment < end for start, end in windows)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
