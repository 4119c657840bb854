"""Many promise the same time of one companion in the same moment."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.utils import timezone

from listings import services
from listings.errors import TimeTaken
from listings.models import TakenTime
from tests.threads import at_once, failures

pytestmark = pytest.mark.django_db(transaction=True)
RIVALS, ROUNDS = 8, 40


def all_take(companion, day: int) -> list[Exception]:
    starts_at = timezone.now() + timedelta(days=day)
    hour = {"companion": companion, "starts_at": starts_at, "ends_at": starts_at + timedelta(hours=1)}
    return failures(at_once(*[partial(services.take_time, ref=uuid4(), **hour) for _ in range(RIVALS)]))


def test_one_has_it_and_all_others_hear_that_it_is_taken(listing):
    """Nobody waits for somebody who waits for him: a plain INSERT may, where an exclusion refuses the second."""
    for day in range(1, ROUNDS + 1):
        assert [type(error) for error in all_take(listing.companion, day)] == [TimeTaken] * (RIVALS - 1)
    assert TakenTime.objects.count() == ROUNDS
