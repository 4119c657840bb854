"""Whatever the hours, special days and promises are: the SQL says what asking minute by minute says."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listings import services
from listings.models import SpecialDay, SpecialHours, TakenTime, WeeklyHours
from tests.cast import a_companion
from tests.listings.hours import MINUTE, at, free_by_minute

pytestmark = pytest.mark.django_db

NOW = at("2026-12-29 13:07")
STARTS, LENGTHS = st.integers(0, 1439), st.integers(1, 1440)
WEEKLY = st.lists(st.tuples(st.integers(0, 6), STARTS, LENGTHS), max_size=6)
SPECIAL = st.dictionaries(st.integers(-1, 5), st.lists(st.tuples(STARTS, LENGTHS), max_size=2), max_size=3)
PROMISES = st.lists(
    st.tuples(st.integers(-600, 5000), st.integers(0, 700), st.integers(0, 300), st.none() | st.integers(0, 300)),
    max_size=5,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    weekly=WEEKLY,
    special=SPECIAL,
    promises=PROMISES,
    lead=st.integers(0, 2000),
    pause=st.integers(0, 240),
    travel=st.integers(0, 90),
    since=st.integers(-500, 2000),
    length=st.integers(0, 3500),
)
def test_the_windows_are_those_of_the_reference(db, weekly, special, promises, lead, pause, travel, since, length):
    with transaction.atomic():
        companion = a_companion(uuid4().hex[:12], lead_minutes=lead, buffer_minutes=pause)
        each(WeeklyHours(companion=companion, weekday=day, start_min=a, length_min=b) for day, a, b in weekly)
        for number, hours in special.items():
            day = SpecialDay.objects.create(companion=companion, day=NOW.date() + timedelta(days=number))
            each(SpecialHours(special_day=day, start_min=a, length_min=b) for a, b in hours)
        each(promised(companion, *promise) for promise in promises)
        asked = {
            "since": NOW + since * MINUTE,
            "until": NOW + (since + length) * MINUTE,
            "now": NOW,
            "travel_minutes": travel,
        }
        found = services.free_windows([companion.pk], **asked)[companion.pk]
        assert found == free_by_minute(companion, **asked)
        transaction.set_rollback(True)


def each(rows):
    """Saves those that the database takes: some overlap."""
    for row in rows:
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:
            continue


def promised(companion, start: int, length: int, pause: int, way: int | None) -> TakenTime:
    starts_at = NOW + start * MINUTE
    ends_at = starts_at + length * MINUTE
    return TakenTime(
        companion=companion,
        ref=uuid4(),
        starts_at=starts_at,
        ends_at=ends_at,
        free_again_at=ends_at + pause * MINUTE,
        sets_off_at=None if way is None else starts_at - way * MINUTE,
    )
