"""How long a question waited is written down where its wait ends, and from the question on."""

from functools import partial

import pytest
from django.db import connection

from bookings import services
from bookings.models import Booking, Reply, State
from tests.bookings.absence import pause_at, resume_at
from tests.orders import MINUTE, live, note_absence, note_return, speak
from tests.rivals import rival

pytestmark = pytest.mark.django_db


def waits(booking: Booking) -> list[int]:
    return [reply.replied_ms - reply.asked_ms for reply in booking.replies.order_by("id")]


@pytest.fixture
def running(client_user, listing) -> Booking:
    return live(client_user, listing)


def test_a_question_waits_until_the_next_message_of_the_companion(running):
    start = running.live_since_ms
    speak(running.pk, companion=False, now_ms=start + 1000)
    speak(running.pk, companion=False, now_ms=start + 5000)
    speak(running.pk, companion=True, now_ms=start + 8000)
    speak(running.pk, companion=True, now_ms=start + 9000)
    assert waits(running) == [7000]


def test_her_first_words_and_what_nobody_asked_are_no_replies(running):
    speak(running.pk, companion=True)
    assert not Reply.objects.exists()


@pytest.mark.parametrize("swept", [True, False])
def test_a_reply_after_the_promise_waited_from_the_question_not_from_the_stop(running, swept):
    asked = running.live_since_ms + 2000
    speak(running.pk, companion=False, now_ms=asked)
    if swept:
        services.sweep(now_ms=asked + 61_000)
    speak(running.pk, companion=True, now_ms=asked + 90_000)
    running.refresh_from_db()
    assert (waits(running), running.state) == ([90_000], State.LIVE)
    assert running.segments.get().end_ms == asked + 60_000


def test_each_late_reply_is_measured_from_its_own_question(running):
    first, second = running.live_since_ms + 1000, running.live_since_ms + 5 * MINUTE
    for asked, wait in ((first, 70_000), (second, 100_000)):
        speak(running.pk, companion=False, now_ms=asked)
        speak(running.pk, companion=True, now_ms=asked + wait)
    assert waits(running) == [70_000, 100_000]


def test_what_was_written_while_the_clock_stood_is_the_same_question(running):
    asked = running.live_since_ms + 1000
    speak(running.pk, companion=False, now_ms=asked)
    services.sweep(now_ms=asked + 60_000)
    speak(running.pk, companion=False, now_ms=asked + 80_000)
    speak(running.pk, companion=True, now_ms=asked + 100_000)
    assert waits(running) == [100_000]


def test_a_clock_that_was_set_back_refuses_no_reply(running):
    asked = running.live_since_ms + 30_000
    speak(running.pk, companion=False, now_ms=asked)
    may, *_ = speak(running.pk, companion=True, now_ms=asked - 10_000)
    assert (may, waits(running)) == (True, [0])


def test_what_his_own_pauses_took_of_it_is_no_wait_of_hers(running):
    """She may not write then. A pause before the question is none of it."""
    start = running.live_since_ms
    pause_at(running, start + 1000)
    resume_at(running, start + 40_000)
    speak(running.pk, companion=False, now_ms=start + 50_000)
    for began, over in ((55_000, 90_000), (95_000, 150_000)):
        pause_at(running, start + began)
        assert not speak(running.pk, companion=True, now_ms=start + over - 1)[0]
        resume_at(running, start + over)
    speak(running.pk, companion=True, now_ms=start + 153_000)
    assert waits(running) == [5000 + 5000 + 3000]


@pytest.mark.parametrize("by_ms", [1, 1000, 60 * MINUTE])
def test_a_question_of_a_clock_that_was_set_back_keeps_her_out_of_nothing(running, by_ms):
    """She is away when he asks; when she is back, it is before that. The promise begins then."""
    left = running.live_since_ms + 30_000
    note_absence(running.companion_id, left, left + 45_000)
    asked = left + 50_000
    speak(running.pk, companion=False, now_ms=asked)
    note_return(running.companion_id, asked - by_ms)
    running.refresh_from_db()
    assert (running.state, running.turn.asked_ms) == (State.LIVE, running.turn.awaiting_since_ms)
    assert running.live_since_ms <= running.turn.awaiting_since_ms
    with connection.cursor() as cursor:
        cursor.execute("SELECT bookings_stop_ms(b) FROM bookings_booking b WHERE id = %s", [running.pk])
        assert cursor.fetchone()[0] == running.live_since_ms + 60_000
    speak(running.pk, companion=True, now_ms=running.live_since_ms + 4000)
    assert waits(running) == [4000]


@pytest.mark.django_db(transaction=True)
def test_two_replies_that_cross_are_one(running):
    speak(running.pk, companion=False)
    with rival(partial(speak, running.pk, companion=True)) as meanwhile:
        other = meanwhile(partial(speak, running.pk, companion=True))
    other()
    assert len(waits(running)) == 1


def test_the_page_knows_since_when_a_question_waits(running):
    asked = running.live_since_ms + 1000
    speak(running.pk, companion=False, now_ms=asked)
    with connection.cursor() as cursor:
        cursor.execute("SELECT bookings_snapshot(%s)->>'awaiting_since_ms'", [running.pk])
        assert cursor.fetchone() == (str(asked),)
