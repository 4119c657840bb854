"""Posting lags behind a stretch that closed just as behind the clock that runs: an absence may still shorten it."""

import pytest
from django.db import connection

from bookings import services
from bookings.models import Booking, State
from bookings.services import presence as absences
from payments.services.books import check_books
from tests.bookings.absence import pause_at, resume_at, stretches
from tests.orders import MINUTE, ask, live, settle, speak
from tests.presence import seen

SECOND = 1000
LAG = 45 * SECOND
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("for_days")]


@pytest.fixture
def running(client_user, listing) -> Booking:
    return live(client_user, listing)


@pytest.fixture
def resumed(running) -> Booking:
    """He paused after two minutes and 20 s, and went on ten seconds later. Nothing is posted."""
    stopped = running.live_since_ms + 2 * MINUTE + 20 * SECOND
    pause_at(running, stopped)
    resume_at(running, stopped + 10 * SECOND)
    running.refresh_from_db()
    return running


def sweep(booking: Booking, now_ms: int) -> tuple[int, int]:
    """How many were handled, and the minutes posted by then."""
    handled = services.sweep(now_ms=now_ms)
    booking.refresh_from_db()
    return handled, booking.billed_min


def test_what_closed_just_now_is_posted_when_the_clock_ran_on_for_as_long_as_posting_lags(resumed):
    due = resumed.live_since_ms + LAG
    assert resumed.due_ms == due
    assert [sweep(resumed, due - 1), sweep(resumed, due)] == [(0, 0), (1, 2)]


def test_after_it_was_posted_the_next_minute_is_due_and_nothing_spins(resumed):
    due = resumed.live_since_ms + LAG
    sweep(resumed, due)
    assert resumed.due_ms == resumed.live_since_ms + 40 * SECOND + LAG
    assert sweep(resumed, due) == (0, 2)


def test_an_absence_noticed_by_then_shortens_it(running):
    began = running.live_since_ms
    pause_at(running, began + 2 * MINUTE + 20 * SECOND)
    resume_at(running, began + 2 * MINUTE + 25 * SECOND)
    went = began + MINUTE + 58 * SECOND
    sweep(running, began + 2 * MINUTE + 27 * SECOND)
    notice(running, went, went + 30 * SECOND)
    assert stretches(running)[0] == (MINUTE + 58 * SECOND, "companion_away")
    settle(running)
    assert (running.state, running.billed_min) == (State.SETTLED, 1)
    assert check_books(with_stripe=False) == []


def notice(booking: Booking, went_ms: int, now_ms: int) -> None:
    seen(booking.client, now_ms)
    seen(booking.companion, went_ms)
    absences.notice(now_ms=now_ms)


def test_what_is_overdue_right_after_a_pause_leaves_the_stretch_before_it_to_the_next_posting(resumed):
    asked = resumed.live_since_ms
    speak(resumed.pk, companion=False, now_ms=asked)
    ask("asked_ms - 50000")
    Booking.objects.update(due_ms=asked)
    assert sweep(resumed, asked + 15 * SECOND) == (1, 0)
    assert resumed.pause_reason == "reply_overdue"


def test_what_ends_by_the_pause_limit_is_left_to_the_settlement(running):
    stopped = running.live_since_ms + 2 * MINUTE + 20 * SECOND
    pause_at(running, stopped)
    Booking.objects.update(due_ms=stopped + 5 * SECOND)
    assert sweep(running, stopped + 6 * SECOND) == (1, 0)
    settle(running)
    assert (running.state, running.billed_min) == (State.SETTLED, 2)


def test_time_on_top_makes_nothing_due_that_cannot_be_posted(resumed):
    """None at all here, as the sum of what is paid is another story: the timer is set anew all the same."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT bookings_grant(%s, 0, %s)", [resumed.pk, LAG])
    resumed.refresh_from_db()
    assert resumed.due_ms == resumed.live_since_ms + LAG
