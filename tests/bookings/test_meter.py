"""The bill is a pure function of a few columns and the clock; ticks only move a watermark."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookings import services
from bookings.models import Booking, Segment, State
from payments.models import Transfer
from payments.services.books import check_books
from tests.orders import MINUTE, live, settle, speak

LAG = 45_000
pytestmark = pytest.mark.django_db


@pytest.fixture
def running(client_user, listing) -> Booking:
    return live(client_user, listing)


def charges(booking: Booking) -> list[tuple[int, int, int]]:
    return list(
        Transfer.objects.filter(ref=booking.pk, kind="minute").order_by("seq").values_list("seq", "upto", "amount")
    )


def at(booking: Booking, minutes: float = 0, ms: int = 0) -> int:
    return booking.live_since_ms + int(minutes * MINUTE) + ms


def test_the_clock_starts_at_the_companions_first_message(running):
    assert running.state == State.LIVE
    assert running.deadline_ms == running.live_since_ms + 30 * MINUTE


def test_a_minute_is_posted_when_it_is_complete_and_the_lag_has_passed(running):
    services.sweep(now_ms=at(running, 1, LAG - 1))
    assert charges(running) == []
    services.sweep(now_ms=at(running, 1, LAG))
    assert charges(running) == [(0, 1, 33)]


def test_minutes_cost_the_hour_exactly_and_no_rounding_drifts(running):
    for minute in range(1, 30):
        services.sweep(now_ms=at(running, minute, LAG))
    paid = charges(running)
    assert [(first, upto) for first, upto, _ in paid] == [(n, n + 1) for n in range(29)]
    assert sum(amount for *_, amount in paid) == 2000 * 29 // 60
    assert {amount for *_, amount in paid} == {33, 34}


def test_a_late_tick_posts_everything_at_once(running):
    services.sweep(now_ms=at(running, 10, LAG))
    assert charges(running) == [(0, 10, 333)]


def test_one_late_tick_does_what_many_would_have_done(running):
    """The promise passes, she stays away for as long as is waited for her: two steps, one tick."""
    speak(running.pk, companion=False, now_ms=at(running, 1))
    overdue = at(running, 1) + running.terms.promise_ms
    services.sweep(now_ms=overdue + running.terms.pause_limit_ms)
    running.refresh_from_db()
    assert (running.state, running.ended_ms) == (State.ENDED, overdue + running.terms.pause_limit_ms)
    assert list(running.segments.values_list("end_ms", "stop_reason")) == [(overdue, "reply_overdue")]
    assert list(running.steps.order_by("id").values_list("state", flat=True))[-2:] == ["paused", "ended"]


def test_the_deadline_is_exact_however_late_the_tick(running):
    services.sweep(now_ms=at(running, 47))
    running.refresh_from_db()
    assert running.state == State.EXHAUSTED
    assert running.ended_ms == Segment.objects.get(booking=running).end_ms
    assert running.closed_ms == running.granted_ms


def test_a_waiting_client_is_not_billed_beyond_the_promise(running):
    asked = at(running, 2)
    speak(running.pk, companion=False, now_ms=asked)
    services.sweep(now_ms=asked + 90_000)
    running.refresh_from_db()
    assert (running.state, running.pause_reason) == (State.PAUSED, "reply_overdue")
    assert Segment.objects.get(booking=running).end_ms == asked + running.terms.promise_ms


def test_a_reply_after_the_promise_starts_the_clock_again_even_before_the_sweep_noticed(running):
    asked = at(running, 2)
    speak(running.pk, companion=False, now_ms=asked)
    may, when, stepped = speak(running.pk, companion=True, now_ms=asked + 75_000)
    running.refresh_from_db()
    assert (may, stepped, running.state, running.live_since_ms) == (True, True, State.LIVE, when)
    assert running.closed_ms == 2 * MINUTE + running.terms.promise_ms


def test_a_reply_in_time_keeps_the_clock_running(running):
    asked = at(running, 2)
    speak(running.pk, companion=False, now_ms=asked)
    speak(running.pk, companion=True, now_ms=asked + 59_000)
    services.sweep(now_ms=asked + 200_000)
    running.refresh_from_db()
    assert running.state == State.LIVE


def test_the_promise_counts_from_the_oldest_unanswered_message(running):
    asked = at(running, 2)
    speak(running.pk, companion=False, now_ms=asked)
    speak(running.pk, companion=False, now_ms=asked + 50_000)
    services.sweep(now_ms=asked + 61_000)
    running.refresh_from_db()
    assert running.state == State.PAUSED


def test_a_companion_who_stays_away_ends_the_session_and_the_rest_goes_back(running):
    asked = at(running, 2)
    speak(running.pk, companion=False, now_ms=asked)
    services.sweep(now_ms=asked + 61_000)
    services.sweep(now_ms=asked + 61_000 + running.terms.pause_limit_ms)
    running.refresh_from_db()
    assert running.state == State.ENDED
    settle(running)
    assert running.billed_min == 3
    assert services.bill_of(running, now_ms=0).unused == 1000 - 100
    assert check_books(with_stripe=False) == []


def test_one_row_that_breaks_a_rule_does_not_stop_the_others(running, other_client, other_listing, caplog):
    """The segment it would have to write lies over one that is there."""
    other = live(other_client, other_listing)
    deadline = running.deadline_ms
    Segment.objects.create(
        booking=running, companion=running.companion, start_ms=deadline - 1, end_ms=deadline, stop_reason="deadline"
    )
    services.sweep(now_ms=other.deadline_ms)
    running.refresh_from_db()
    other.refresh_from_db()
    assert (running.state, other.state) == (State.LIVE, State.EXHAUSTED)
    assert str(running.pk) in caplog.text


def test_after_the_deadline_nothing_can_be_written_even_if_no_sweep_ran(running):
    may, *_ = speak(running.pk, companion=True, now_ms=running.deadline_ms)
    assert not may


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(ticks=st.lists(st.integers(0, 40 * MINUTE), max_size=12))
def test_any_schedule_of_ticks_gives_the_same_bill(running, ticks):
    """Dropped, doubled, permuted or late: the ledger ends as it does with one final tick."""
    from django.db import transaction

    with transaction.atomic():
        for tick in ticks:
            services.sweep(now_ms=at(running, ms=tick))
        booking = settle(Booking.objects.get(pk=running.pk))
        paid = charges(booking)
        assert (booking.state, booking.billed_min, sum(amount for *_, amount in paid)) == (State.SETTLED, 30, 1000)
        assert [first for first, *_ in paid] == [0, *(upto for _, upto, _ in paid)][:-1]
        assert check_books(with_stripe=False) == []
        transaction.set_rollback(True)
