"""Two of her windows save different weeks at the same moment: one of the two is kept, never a mixture."""

import pytest

from listings import services
from listings.models import Companion, WeeklyHours
from tests.cast import a_companion
from tests.rivals import rival

pytestmark = pytest.mark.django_db(transaction=True)

MORNINGS = [(day, 480, 240) for day in range(7)]
EVENINGS = [(day, 1080, 240) for day in range(7)]


def saved() -> list[tuple[int, int, int]]:
    return list(WeeklyHours.objects.values_list("weekday", "start_min", "length_min"))


def test_the_later_week_replaces_the_earlier():
    her = a_companion("shanshan").user
    with rival(lambda: services.set_week(by=her, hours=MORNINGS)) as meanwhile:
        result = meanwhile(lambda: services.set_week(by=her, hours=EVENINGS))
    result()
    assert saved() == EVENINGS


def test_without_the_lock_they_would_mix(monkeypatch):
    her = a_companion("shanshan").user
    monkeypatch.setattr("listings.services.hours._locked", lambda user: Companion.objects.get(user=user))
    with rival(lambda: services.set_week(by=her, hours=MORNINGS)) as meanwhile:
        result = meanwhile(lambda: services.set_week(by=her, hours=EVENINGS))
    result()
    assert sorted(saved()) == sorted(MORNINGS + EVENINGS)
