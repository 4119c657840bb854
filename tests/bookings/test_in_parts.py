"""What cannot be metered keeps no other from its turn, and is found in a few steps however many are due."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from bookings import services
from bookings.models import Booking, State, Timer
from bookings.services import locking, metering
from tests.bookings.broken import has_its_first_minute, has_its_last_stretch
from tests.cast import a_listing, a_user
from tests.lasting import lasting
from tests.orders import MINUTE, live, speak

pytestmark = pytest.mark.django_db
MANY = 32


@pytest.fixture(scope="module")
def many(django_db_setup, django_db_blocker) -> Iterator[list[Booking]]:
    """So many run; the time of all is over at the same moment."""
    with lasting(django_db_blocker):
        yield [live(a_user(f"client{number}"), a_listing(f"her{number}")) for number in range(MANY)]


@pytest.fixture
def broken(db, many) -> Booking:
    """The segment that it would have to write lies over one that is there."""
    booking = many[MANY // 3]
    has_its_last_stretch(booking)
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
        # The whole, with money and without, then two parts each time it is halved.
        assert sum("bookings_meter" in each["sql"] for each in asked) == 1 + posts + 2 * 5
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
        Booking.objects.filter(pk=broken.pk).update(hindered=True)
        assert Timer.objects.get(booking=broken).due_ms == Booking.objects.get(pk=broken.pk).due_ms


class TestABatch:
    """After an outage each of them has two steps to make: her promise has passed, and she was away for too long."""

    @pytest.fixture
    def late(self, db, many) -> int:
        asked = max(booking.live_since_ms for booking in many)
        for booking in many:
            speak(booking.pk, companion=False, now_ms=asked)
        return asked + max(booking.terms.promise_ms + booking.terms.pause_limit_ms for booking in many)

    def test_is_no_more_than_was_asked_for(self, many, late):
        assert locking.meter(limit=4, now_ms=late) == 4
        assert sorted(states(many)) == [State.ENDED] * 4 + [State.LIVE] * (MANY - 4)

    def test_also_of_those_alone(self, many, late):
        assert locking.meter(limit=MANY, now_ms=late, only=[booking.pk for booking in many[:3]]) == 3
        assert states(many) == [State.ENDED] * 3 + [State.LIVE] * (MANY - 3)

    def test_before_each_it_is_asked_whether_money_may_move(self, many, late):
        live = []
        services.sweep(now_ms=late, limit=8, may_post=lambda: bool(live.append(states(many).count(State.LIVE))))
        assert live == list(range(MANY, -1, -8))
        assert states(many) == [State.ENDED] * MANY


class TestNearlyAll:
    """The ledger has a minute of each but the last, and refuses it."""

    @pytest.fixture
    def due(self, db, many) -> int:
        for booking in many[:-1]:
            has_its_first_minute(booking)
        now = max(booking.due_ms for booking in many)
        Booking.objects.filter(pk=many[-1].pk).update(due_ms=now)
        return now

    @staticmethod
    def set_aside(now_ms: int) -> int:
        return Timer.objects.filter(due_ms__gt=now_ms).count()

    def test_a_sweep_without_time_moves_one_and_all_have_their_turn(self, many, due, monkeypatch):
        monkeypatch.setattr(metering, "PARTS_S", 0)
        moved = []
        for _ in many:
            services.sweep(now_ms=due)
            moved.append(self.set_aside(due))
        assert moved == list(range(1, MANY + 1))
        assert Booking.objects.get(pk=many[-1].pk).billed_min == 1

    def test_those_whose_time_is_over_are_cut_off_in_the_first(self, many, due, monkeypatch):
        monkeypatch.setattr(metering, "PARTS_S", 0)
        first = many[0]
        Booking.objects.filter(pk=first.pk).update(live_since_ms=due - first.granted_ms, due_ms=due)
        services.sweep(now_ms=due)
        assert states([first]) == [State.EXHAUSTED]
        assert self.set_aside(due) == 2

    def test_control_with_time_for_all_it_is_one_sweep(self, many, due):
        services.sweep(now_ms=due)
        assert self.set_aside(due) == MANY
