"""What cannot be metered keeps no other from its turn, and is found in a few steps however many are due."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from bookings import services
from bookings.models import Booking, Segment, State, Timer
from tests.cast import a_listing, a_user
from tests.lasting import lasting
from tests.orders import MINUTE, live

pytestmark = pytest.mark.django_db
MANY = 32


@pytest.fixture(scope="class")
def many(django_db_setup, django_db_blocker) -> Iterator[list[Booking]]:
    """So many run; the time of all is over at the same moment."""
    with lasting(django_db_blocker):
        yield [live(a_user(f"client{number}"), a_listing(f"her{number}")) for number in range(MANY)]


@pytest.fixture
def broken(db, many) -> Booking:
    """The segment that it would have to write lies over one that is there."""
    booking = many[MANY // 3]
    end = booking.deadline_ms
    Segment.objects.create(
        booking=booking, companion=booking.companion, start_ms=end - 1, end_ms=end, stop_reason="deadline"
    )
    return booking


def over(many: list[Booking]) -> int:
    """By when the time of all is over."""
    return max(booking.deadline_ms for booking in many)


def states(many: list[Booking]) -> list[str]:
    return [Booking.objects.get(pk=booking.pk).state for booking in many]


class TestOneOfMany:
    def test_all_others_have_their_turn_in_the_same_sweep(self, many, broken, caplog):
        services.sweep(now_ms=over(many))
        assert states([broken]) == [State.LIVE]
        assert states([each for each in many if each != broken]) == [State.EXHAUSTED] * (MANY - 1)
        assert caplog.text.count("cannot be metered") == 1 and str(broken.pk) in caplog.text

    def test_also_when_batches_are_small(self, many, broken):
        services.sweep(now_ms=over(many), limit=4)
        assert states(many).count(State.EXHAUSTED) == MANY - 1

    @pytest.mark.parametrize("posts", [True, False])
    def test_it_is_found_in_a_few_steps(self, many, broken, posts):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            services.sweep(now_ms=over(many), may_post=lambda: posts)
        # The whole, then two parts each time it is halved.
        assert sum("bookings_meter" in each["sql"] for each in asked) == 1 + 2 * 5
        assert states(many).count(State.EXHAUSTED) == MANY - 1

    def test_it_is_set_aside_for_a_minute(self, many, broken):
        now = over(many)
        services.sweep(now_ms=now)
        assert Timer.objects.get(booking=broken).due_ms == now + MINUTE
        with CaptureQueriesContext(connection) as asked:
            services.sweep(now_ms=now + MINUTE - 1)
        assert sum("bookings_meter" in each["sql"] for each in asked) == 1

    def test_it_is_tried_again_then(self, many, broken):
        now = over(many)
        services.sweep(now_ms=now)
        broken.segments.update(end_ms=F("start_ms"))
        services.sweep(now_ms=now + MINUTE)
        assert states([broken]) == [State.EXHAUSTED]

    def test_whoever_writes_the_booking_has_it_looked_at_again(self, many, broken):
        services.sweep(now_ms=over(many))
        Booking.objects.filter(pk=broken.pk).update(awaiting_since_ms=None)
        assert Timer.objects.get(booking=broken).due_ms == Booking.objects.get(pk=broken.pk).due_ms
