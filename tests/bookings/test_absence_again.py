"""Who comes and goes again and again gains nothing by it: a question has one promise, a client is waited for once."""

from collections.abc import Callable

import pytest

from bookings.models import Booking, State
from bookings.services import presence as absences
from common import presence
from tests.bookings.absence import SECOND, arrive, five_minutes_in, notice, pause_at, resume_at, standing, stretches
from tests.functions import without
from tests.orders import MINUTE, note_absence, note_return, speak
from tests.presence import seen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("for_days")]


@pytest.fixture
def running(client_user, listing) -> Booking:
    return five_minutes_in(client_user, listing)


# One question, one promise


def she_comes_and_goes(booking: Booking, times: int) -> int:
    """From his question at 1:00 on: here for 28 s, gone for 31. Returns when she was last back."""
    at = booking.live_since_ms + MINUTE
    speak(booking.pk, companion=False, now_ms=at)
    for _ in range(times):
        went = at + 28 * SECOND
        note_absence(booking.companion_id, went, went + 30 * SECOND)
        at = went + 31 * SECOND
        note_return(booking.companion_id, at)
    booking.refresh_from_db()
    return at


def test_a_question_nobody_answers_is_billed_for_the_promise_however_often_she_returns(running):
    she_comes_and_goes(running, times=9)
    assert standing(running) == (State.PAUSED, "reply_overdue")
    assert stretches(running) == [(88 * SECOND, "companion_away"), (28 * SECOND, "companion_away")]


def test_control_if_each_return_began_the_promise_anew_she_would_be_paid_for_nothing(running):
    with without(
        "bookings/turns", "began - bookings_waited_live_ms(b.id, asked)", "CASE WHEN asked IS NOT NULL THEN began END"
    ):
        she_comes_and_goes(running, times=9)
    assert standing(running) == (State.LIVE, None)
    assert running.closed_ms == MINUTE + 9 * 28 * SECOND


def test_what_is_left_of_the_promise_is_what_she_has_when_she_is_back(running):
    back = she_comes_and_goes(running, times=1)
    assert (running.state, running.live_since_ms) == (State.LIVE, back)
    assert running.due_ms == back + 32 * SECOND


def answered_at_nine(booking: Booking) -> tuple[int, int]:
    """Asked at 1:00; she was away from 1:05 to 9:00, and answers three seconds later."""
    start = booking.live_since_ms
    speak(booking.pk, companion=False, now_ms=start + MINUTE)
    note_absence(booking.companion_id, start + 65 * SECOND, start + 96 * SECOND)
    note_return(booking.companion_id, start + 9 * MINUTE)
    speak(booking.pk, companion=True, now_ms=start + 9 * MINUTE + 3 * SECOND)
    [reply] = booking.replies.all()
    return reply.asked_ms - start, reply.replied_ms - reply.asked_ms


def test_a_reply_was_waited_for_from_the_question_on_also_while_she_was_away(running):
    assert answered_at_nine(running) == (MINUTE, 483 * SECOND)
    assert standing(running) == (State.LIVE, None)


def test_control_counted_as_the_promise_is_it_would_have_taken_seconds(running):
    with without("bookings/turns", "bookings_note_reply(b, asked,", "bookings_note_reply(b, awaited,"):
        asked, waited = answered_at_nine(running)
    assert waited == 8 * SECOND


def test_his_own_pause_is_no_part_of_the_wait_that_is_promised(running):
    start = running.live_since_ms
    speak(running.pk, companion=False, now_ms=start + MINUTE)
    pause_at(running, start + 80 * SECOND)
    resume_at(running, start + 5 * MINUTE)
    running.refresh_from_db()
    assert (running.turn.asked_ms, running.due_ms) == (start + MINUTE, start + 5 * MINUTE + 40 * SECOND)


# A client is waited for once


def his_phone_dies(booking: Booking, minutes: int) -> None:
    """At 1:00 and for ever; she is here for 2:45, then gone for 31 s, again and again. Looked at every 15 s."""
    start, gone = booking.live_since_ms, booking.live_since_ms + MINUTE
    went = start + 165 * SECOND
    for now in range(gone, start + minutes * MINUTE, 15 * SECOND):
        note_absence(booking.client_id, gone, now)
        if now >= went + 30 * SECOND:
            arrive(booking.companion_id, went, went + 31 * SECOND)
            went += 196 * SECOND
    booking.refresh_from_db()


def test_a_client_who_is_gone_is_waited_for_once_however_often_she_returns(running):
    his_phone_dies(running, minutes=9)
    assert standing(running) == (State.PAUSED, "client_away")
    assert stretches(running) == [(165 * SECOND, "companion_away"), (44 * SECOND, "client_away")]


def test_control_if_each_stretch_waited_for_him_anew_he_would_pay_for_hours(running):
    with without("bookings/absence", "AND (stood_for IS NULL OR stood_for IN ('client', 'client_away'))", ""):
        his_phone_dies(running, minutes=9)
    assert {reason for _length, reason in stretches(running)} == {"companion_away"}
    assert running.closed_ms > 5 * MINUTE


@pytest.mark.parametrize("is_forgotten", [False, True])
def test_an_answer_to_one_who_is_long_gone_costs_him_nothing(running, is_forgotten):
    """He asks and closes the phone; she answers after nine minutes."""
    asked = running.live_since_ms + MINUTE
    answered = asked + 9 * MINUTE
    speak(running.pk, companion=False, now_ms=asked)
    seen(running.client, asked)
    if is_forgotten:
        presence.client().zrem(presence.KEY, running.client_id)
    speak(running.pk, companion=True, now_ms=answered)
    seen(running.companion, answered + 10 * SECOND)
    assert notice(answered + 10 * SECOND) == 1
    assert standing(running) == (State.PAUSED, "client_away")
    assert stretches(running) == [(2 * MINUTE, "reply_overdue"), (0, "client_away")]
    assert running.due_ms == answered + running.terms.pause_limit_ms


def test_an_answer_within_his_three_minutes_is_billed_until_they_are_over(running):
    asked = running.live_since_ms + MINUTE
    speak(running.pk, companion=False, now_ms=asked)
    speak(running.pk, companion=True, now_ms=asked + 90 * SECOND)
    note_absence(running.client_id, asked, asked + 3 * MINUTE)
    assert stretches(running) == [(2 * MINUTE, "reply_overdue"), (90 * SECOND, "client_away")]


def test_who_goes_on_himself_without_a_socket_is_waited_for_from_then_on(running):
    paused, resumed = running.live_since_ms + 2 * MINUTE, running.live_since_ms + 10 * MINUTE
    pause_at(running, paused)
    Booking.objects.update(due_ms=resumed + MINUTE)
    resume_at(running, resumed)
    early, late = (note_absence(running.client_id, paused, resumed + 3 * MINUTE - ms) for ms in (1, 0))
    assert (early, late) == (0, 1)
    assert stretches(running) == [(2 * MINUTE, "client"), (3 * MINUTE, "client_away")]


# What began after it was asked


def paused_before_the_look_came(booking: Booking) -> Callable[[], int]:
    """She is back before a look that asked a moment earlier comes to the row, and he pauses 50 s later."""
    went = booking.live_since_ms + 2 * MINUTE
    asked = went + 31 * SECOND
    arrive(booking.companion_id, went, asked + 5)
    pause_at(booking, asked + 50 * SECOND + 5)
    gone = {booking.companion_id: presence.LastSeen(went, True)}
    return lambda: absences._note_absences(gone, asked)


def test_a_slow_look_does_not_cut_what_began_after_it_had_asked(running):
    assert paused_before_the_look_came(running)() == 0
    assert stretches(running) == [(2 * MINUTE, "companion_away"), (50 * SECOND, "client")]


def test_control_judged_by_what_was_before_she_would_lose_it(running):
    with without("bookings/absence", "AND start_ms <= now_ms AND", "AND"):
        assert paused_before_the_look_came(running)() == 1
    assert stretches(running)[1] == (0, "companion_away")
