"""Each rule of hours in the database: one wrong value each, refused by its name."""

from datetime import date

import pytest
from django.db import IntegrityError

from listings.models import Companion, SpecialDay, SpecialHours, WeeklyHours
from tests.cast import a_companion

pytestmark = pytest.mark.django_db


@pytest.fixture
def companion(db):
    return a_companion("shanshan")


def refused(constraint: str):
    return pytest.raises(IntegrityError, match=constraint)


@pytest.mark.parametrize(
    "hours",
    [(7, 0, 60), (0, 1440, 60), (0, 0, 0), (0, 0, 1441)],
    ids=["no such day", "no such minute", "no time at all", "more than a day"],
)
def test_hours_that_cannot_be(companion, hours):
    with refused("weekly_hours_bounds"):
        weekly(companion, *hours)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((0, 600, 60), (0, 659, 60)),
        ((0, 1380, 180), (1, 119, 60)),
        ((6, 1380, 180), (0, 60, 30)),
        ((0, 60, 30), (6, 1380, 180)),
        ((6, 1439, 1440), (0, 1438, 1)),
    ],
    ids=["same day", "over midnight", "over Sunday night", "the other way round", "a whole day on Sunday night"],
)
def test_hours_of_one_companion_never_overlap(companion, first, second):
    weekly(companion, *first)
    with refused("weekly_hours_apart"):
        weekly(companion, *second)


@pytest.mark.parametrize(
    ("first", "second"), [((0, 600, 60), (0, 660, 60)), ((6, 1380, 180), (0, 120, 60)), ((6, 1380, 60), (0, 0, 60))]
)
def test_hours_may_touch(companion, first, second):
    weekly(companion, *first), weekly(companion, *second)
    assert WeeklyHours.objects.count() == 2


def test_others_may_have_the_same_hours(companion):
    weekly(companion, 0, 600, 60), weekly(a_companion("liubing"), 0, 600, 60)
    assert WeeklyHours.objects.count() == 2


def test_a_date_is_special_once(companion):
    SpecialDay.objects.create(companion=companion, day=date(2027, 1, 1))
    with refused("special_day_once"):
        SpecialDay.objects.create(companion=companion, day=date(2027, 1, 1))


@pytest.mark.parametrize(
    ("hours", "constraint"),
    [((1440, 60), "special_hours_bounds"), ((0, 0), "special_hours_bounds"), ((630, 60), "special_hours_apart")],
)
def test_hours_of_a_date_that_cannot_be(companion, hours, constraint):
    day = SpecialDay.objects.create(companion=companion, day=date(2027, 1, 1))
    SpecialHours.objects.create(special_day=day, start_min=600, length_min=60)
    with refused(constraint):
        SpecialHours.objects.create(special_day=day, start_min=hours[0], length_min=hours[1])


@pytest.mark.parametrize(
    ("change", "constraint"),
    [({"lead_minutes": 10081}, "companion_lead_bounds"), ({"buffer_minutes": 241}, "companion_buffer_bounds")],
)
def test_notice_and_pause_have_bounds(companion, change, constraint):
    with refused(constraint):
        Companion.objects.update(**change)


def test_everybody_has_a_calendar_key_of_her_own(companion):
    other = a_companion("liubing")
    assert companion.calendar_key != other.calendar_key
    with refused("calendar_key"):
        Companion.objects.update(calendar_key=other.calendar_key)


def weekly(companion, weekday: int, start_min: int, length_min: int) -> WeeklyHours:
    return WeeklyHours.objects.create(companion=companion, weekday=weekday, start_min=start_min, length_min=length_min)
