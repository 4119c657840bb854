"""What the sweep has set aside is set aside for the sweep alone: no clock runs on because of it."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.db import connection

from bookings import services
from bookings.models import Booking, Extension, State, Timer
from payments.services.books import check_books
from tests.bookings.absence import SECOND, age, five_minutes_in, standing, stretches
from tests.bookings.broken import has_its_first_minute, has_its_last_stretch
from tests.cast import a_listing
from tests.functions import without
from tests.orders import MINUTE, note_absence, note_return, pay_on_top, speak

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("for_days")]
PROMISE_S = 15


@pytest.fixture
def running(client_user) -> Booking:
    return five_minutes_in(client_user, a_listing("quick", promise_s=PROMISE_S))


@pytest.fixture
def unpostable(running) -> Booking:
    """The ledger has its first minute already, and refuses it."""
    has_its_first_minute(running)
    return running


def put_aside(booking: Booking) -> None:
    Timer.objects.filter(booking=booking).update(due_ms=booking.live_since_ms + 60 * MINUTE)


def meter_one(booking: Booking, now_ms: int) -> None:
    """As the alarm of a socket does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT bookings_meter_one(%s, 45000, %s)", [booking.pk, now_ms])


def set_aside_until(booking: Booking) -> int:
    return Timer.objects.get(booking=booking).due_ms


class TestTheSweepComesBack:
    @pytest.mark.parametrize(("promise_s", "after_s"), [(15, 15), (600, 60)])
    def test_after_a_minute_or_the_promise(self, client_user, promise_s, after_s):
        booking = five_minutes_in(client_user, a_listing("slow", promise_s=promise_s))
        has_its_first_minute(booking)
        now = booking.live_since_ms + 6 * MINUTE
        services.sweep(now_ms=now)
        assert set_aside_until(booking) == now + after_s * SECOND

    def test_when_the_promise_has_passed_to_what_is_asked_since(self, unpostable):
        now = unpostable.live_since_ms + 6 * MINUTE
        services.sweep(now_ms=now)
        speak(unpostable.pk, companion=False, now_ms=now + SECOND)
        for second in range(2, PROMISE_S + 2):
            services.sweep(now_ms=now + second * SECOND)
        assert standing(unpostable) == (State.PAUSED, "reply_overdue")

    def test_when_the_promise_has_passed(self, unpostable):
        asked = unpostable.live_since_ms + 6 * MINUTE
        speak(unpostable.pk, companion=False, now_ms=asked)
        services.sweep(now_ms=asked + SECOND)
        assert set_aside_until(unpostable) == asked + PROMISE_S * SECOND
        services.sweep(now_ms=asked + PROMISE_S * SECOND)
        assert standing(unpostable) == (State.PAUSED, "reply_overdue")

    def test_when_the_time_is_over(self, unpostable):
        services.sweep(now_ms=unpostable.deadline_ms - SECOND)
        assert set_aside_until(unpostable) == unpostable.deadline_ms
        services.sweep(now_ms=unpostable.deadline_ms)
        assert standing(unpostable) == (State.EXHAUSTED, None)


class TestEverybodyElseDoesNotWait:
    """However far away its timer is."""

    @pytest.fixture
    def asked_ms(self, running) -> int:
        asked = running.live_since_ms + 6 * MINUTE
        speak(running.pk, companion=False, now_ms=asked)
        put_aside(running)
        return asked

    def test_a_reply_after_the_promise_finds_the_clock_stopped(self, running, asked_ms):
        speak(running.pk, companion=True, now_ms=asked_ms + 59 * SECOND)
        assert stretches(running) == [(6 * MINUTE + PROMISE_S * SECOND, "reply_overdue")]

    def test_nor_does_the_alarm_of_a_socket(self, running, asked_ms):
        meter_one(running, asked_ms + PROMISE_S * SECOND - 1)
        assert standing(running) == (State.LIVE, None)
        meter_one(running, asked_ms + PROMISE_S * SECOND)
        assert standing(running) == (State.PAUSED, "reply_overdue")

    def test_who_comes_back_after_the_limit_comes_too_late(self, running):
        went = running.live_since_ms + 6 * MINUTE
        note_absence(running.companion_id, went, went + MINUTE)
        put_aside(running)
        running.refresh_from_db()
        note_return(running.companion_id, running.due_ms)
        assert standing(running) == (State.ENDED, None)

    def test_money_for_a_clock_that_has_run_out_goes_back(self, running):
        extension = services.extend(booking=running, by=running.client, minutes=30, request_key=uuid4())
        age(running, running.granted_ms)
        put_aside(running)
        pay_on_top(extension)
        assert (extension.state, *standing(running)) == (Extension.State.MISSED, State.EXHAUSTED, None)
        assert check_books(with_stripe=False) == []

    @pytest.fixture
    def by_its_timer(self) -> Iterator[None]:
        plain = "b.id = ANY (p_only)"
        aside = "NOT EXISTS (SELECT 1 FROM bookings_timer WHERE booking_id = b.id AND due_ms > p_now)"
        with without("bookings/meter", plain, f"{plain} AND {aside}"):
            yield

    def test_control_by_the_timer_the_wait_would_be_on_the_bill(self, running, asked_ms, by_its_timer):
        speak(running.pk, companion=True, now_ms=asked_ms + 59 * SECOND)
        assert stretches(running) == []


class TestWhatCannotBeStopped:
    def test_takes_no_more_time(self, running):
        extension = services.extend(booking=running, by=running.client, minutes=30, request_key=uuid4())
        age(running, running.granted_ms)
        has_its_last_stretch(running)
        pay_on_top(extension)
        assert (extension.state, *standing(running)) == (Extension.State.MISSED, State.LIVE, None)

    def test_is_not_looked_at_more_often_for_being_asked_about(self, running):
        has_its_last_stretch(running)
        meter_one(running, running.deadline_ms)
        assert set_aside_until(running) == running.deadline_ms + MINUTE
        assert services.sweep(now_ms=running.deadline_ms + MINUTE - 1) == 0
