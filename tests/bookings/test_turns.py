"""Whose turn it is follows the order of the messages, also when two of them cross."""

from functools import partial

import pytest

from bookings import services
from bookings.models import Booking, State
from tests.orders import MINUTE, live, speak
from tests.rivals import rival

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def running(client_user, listing) -> Booking:
    return live(client_user, listing)


def test_a_question_that_crosses_an_answer_waits_for_the_next_one(running):
    speak(running.pk, companion=False)
    with rival(partial(speak, running.pk, companion=True)) as meanwhile:
        question = meanwhile(partial(speak, running.pk, companion=False))
    question()
    running.refresh_from_db()
    assert running.turn.awaiting_since_ms is not None


def test_an_answer_that_crosses_the_first_question_has_answered_it(running):
    with rival(partial(speak, running.pk, companion=False)) as meanwhile:
        answer = meanwhile(partial(speak, running.pk, companion=True))
    answer()
    running.refresh_from_db()
    assert running.turn.awaiting_since_ms is None


def test_a_reply_after_the_promise_and_the_pause_limit_comes_too_late_with_or_without_ticks(running):
    asked = running.live_since_ms + 2 * MINUTE
    speak(running.pk, companion=False, now_ms=asked)
    may, *_ = speak(running.pk, companion=True, now_ms=asked + 15 * MINUTE)
    running.refresh_from_db()
    assert (may, running.state) == (False, State.ENDED)
    assert running.ended_ms == asked + running.terms.promise_ms + running.terms.pause_limit_ms


def test_a_stretch_never_begins_before_the_last_one_ended(running, other_client, listing):
    """The machine's clock was set back by an hour in between."""
    services.sweep(now_ms=running.deadline_ms)
    services.run_due(now_ms=running.deadline_ms + MINUTE)
    again = live(other_client, listing)
    assert again.live_since_ms == running.deadline_ms
    services.end(booking=again, by=other_client)
    again.refresh_from_db()
    assert (again.state, again.closed_ms) == (State.ENDED, 0)
