"""What a companion says about her own time."""

from collections.abc import Iterable
from datetime import date

from django.contrib.postgres.functions import RandomUUID
from django.db import IntegrityError, transaction

from accounts.models import User
from common.database import broken_constraint
from listings.errors import HoursOverlap, NoProfile
from listings.models import Companion, SpecialDay, SpecialHours, WeeklyHours

APART = ("weekly_hours_apart", "special_hours_apart")


@transaction.atomic
def set_calendar(
    *,
    by: User,
    hours: Iterable[tuple[int, int, int]],
    special: tuple[date, Iterable[tuple[int, int]]] | None,
    lead_minutes: int,
    buffer_minutes: int,
    meets: str = "",
) -> None:
    """All of it or nothing: `hours` as in `set_week`, `special` a date and its hours as in `set_special_day`.

    Raises NoProfile, HoursOverlap.
    """
    set_week(by=by, hours=hours)
    if special:
        set_special_day(by=by, day=special[0], hours=special[1])
    set_notice(by=by, lead_minutes=lead_minutes, buffer_minutes=buffer_minutes, meets=meets)


@transaction.atomic
def set_week(*, by: User, hours: Iterable[tuple[int, int, int]]) -> None:
    """Replace the hours of every week by these: (weekday 0–6, minutes after midnight, length in minutes).

    Raises NoProfile, HoursOverlap.
    """
    companion = _locked(by)
    companion.weekly_hours.all().delete()
    _create(
        WeeklyHours(companion=companion, weekday=weekday, start_min=start, length_min=length)
        for weekday, start, length in hours
    )


@transaction.atomic
def set_special_day(*, by: User, day: date, hours: Iterable[tuple[int, int]] = ()) -> None:
    """On this date only these hours: (minutes after midnight, length in minutes); none is a day off.

    Raises NoProfile, HoursOverlap.
    """
    special, _created = SpecialDay.objects.get_or_create(companion=_locked(by), day=day)
    special.hours.all().delete()
    _create(SpecialHours(special_day=special, start_min=start, length_min=length) for start, length in hours)


def drop_special_day(*, by: User, day: date) -> None:
    """The date is like its weekday again."""
    SpecialDay.objects.filter(companion__user=by, day=day).delete()


def set_notice(*, by: User, lead_minutes: int, buffer_minutes: int, meets: str = "") -> None:
    """How long beforehand she must be booked, how long she rests after an order, and, if it is given, whom she meets in
    person. What is ordered already stands. Raises NoProfile."""
    changes = {"lead_minutes": lead_minutes, "buffer_minutes": buffer_minutes, **({"meets": meets} if meets else {})}
    if not Companion.objects.filter(user=by).update(**changes):
        raise NoProfile


def rotate_calendar_key(*, by: User) -> None:
    """The address of her calendar changes; the old one is nobody's. Raises NoProfile."""
    if not Companion.objects.filter(user=by).update(calendar_key=RandomUUID()):
        raise NoProfile


def _locked(user: User) -> Companion:
    companion = Companion.objects.select_for_update(of=("self",)).filter(user=user).first()
    if companion is None:
        raise NoProfile
    return companion


def _create(hours: Iterable[WeeklyHours] | Iterable[SpecialHours]) -> None:
    rows = list(hours)
    try:
        with transaction.atomic():
            for row in rows:
                row.save(force_insert=True)
    except IntegrityError as error:
        if broken_constraint(error) not in APART:
            raise
        raise HoursOverlap from error
