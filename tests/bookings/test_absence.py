"""Who is not here does not cost: the clock stops at the second she went."""

import pytest

from bookings import services
from bookings.models import Booking, State
from bookings.services import presence as absences
from common import presence
from common.clock import database_now_ms
from tests.bookings.absence import SECOND, five_minutes_in, notice, standing, stretches
from tests.orders import MINUTE, speak
from tests.presence import complete_since, look_again, looked, seen, seen_late

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("for_days")]


@pytest.fixture
def running(client_user, listing) -> Booking:
    return five_minutes_in(client_user, listing)


def test_a_companion_who_is_gone_for_30_s_stopped_the_clock_when_she_went(running):
    went = running.live_since_ms + 2 * MINUTE
    seen(running.companion, went)
    both = [notice(went + 30 * SECOND - 1), notice(went + 30 * SECOND)]
    assert both == [0, 1]
    assert standing(running) == (State.PAUSED, "companion_away")
    assert stretches(running) == [(2 * MINUTE, "companion_away")]
    assert running.due_ms == went + running.terms.pause_limit_ms


def test_each_second_finds_her_without_a_look_at_everybody(running):
    went = running.live_since_ms + 2 * MINUTE
    seen(running.companion, went)
    presence.take_turn("look", seconds=60)
    assert absences.notice(now_ms=went + 31 * SECOND) == 1


def never_written_down(user) -> None:
    presence.client().zrem(presence.KEY, user.pk)


def test_who_was_never_written_down_is_noticed_when_his_clock_has_just_begun(running):
    """All is known, and somebody looked just now: a look does not ask about everybody."""
    never_written_down(running.client)
    now = running.live_since_ms + 3 * MINUTE
    looked(now - SECOND)
    seen(running.companion, now)
    assert [notice(now - 1), notice(now)] == [0, 1]
    assert standing(running) == (State.PAUSED, "client_away")


@pytest.mark.parametrize("missed", [False, True])
def test_after_a_time_without_looks_one_asks_about_everybody(running, missed):
    """Otherwise who began long ago, and is not written down, has been dealt with."""
    now = running.live_since_ms + 20 * MINUTE
    if not missed:
        looked(now - SECOND)
    never_written_down(running.client)
    seen(running.companion, now)
    assert notice(now) == missed


def test_while_it_is_not_long_known_who_is_here_one_asks_about_everybody(running):
    now = running.live_since_ms + 20 * MINUTE
    looked(now - SECOND)
    never_written_down(running.companion)
    seen(running.client, now)
    complete_since(now - 31 * SECOND)
    assert notice(now) == 1
    assert standing(running) == (State.PAUSED, "companion_away")


def test_a_client_who_is_gone_is_waited_for_three_minutes(running):
    went = running.live_since_ms + 1 * MINUTE
    now = went + 3 * MINUTE
    seen(running.companion, now)
    seen(running.client, went)
    assert [notice(now - 1), notice(now)] == [0, 1]
    assert standing(running) == (State.PAUSED, "client_away")
    assert stretches(running) == [(4 * MINUTE, "client_away")]


def test_a_client_who_is_here_is_not_taken_for_gone_because_she_is(running):
    """The clock has run for longer than he may be gone; nothing is said of him when she goes."""
    went = running.live_since_ms + 5 * MINUTE
    seen(running.companion, went)
    notice(went + 31 * SECOND)
    assert stretches(running) == [(5 * MINUTE, "companion_away")]


def test_who_is_back_starts_the_clock_again(running):
    went = running.live_since_ms + 2 * MINUTE
    seen(running.companion, went)
    notice(went + 31 * SECOND)
    back = went + 2 * MINUTE
    seen(running.companion, back)
    assert absences.notice(now_ms=back + SECOND) == 1
    assert standing(running) == (State.LIVE, None)
    assert running.live_since_ms == back + SECOND


def test_who_comes_back_after_the_limit_comes_too_late(running):
    went = running.live_since_ms + 2 * MINUTE
    seen(running.companion, went)
    notice(went + 31 * SECOND)
    back = went + running.terms.pause_limit_ms
    seen(running.companion, back)
    notice(back)
    assert standing(running) == (State.ENDED, None)


def test_a_question_that_was_asked_while_she_was_away_has_its_whole_promise_when_she_is_back(running):
    went = running.live_since_ms + 2 * MINUTE
    seen(running.companion, went)
    notice(went + 31 * SECOND)
    speak(running.pk, companion=False, now_ms=went + 40 * SECOND)
    seen(running.companion, went + MINUTE)
    notice(went + MINUTE)
    running.refresh_from_db()
    assert (running.state, running.turn.awaiting_since_ms) == (State.LIVE, went + MINUTE)
    assert running.turn.asked_ms == went + 40 * SECOND


def test_a_worker_whose_clock_is_an_hour_off_does_the_same(running, monkeypatch):
    import time

    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 3600)
    services.tick()
    assert standing(running) == (State.LIVE, None)
    went = running.live_since_ms + 4 * MINUTE + 20 * SECOND
    seen_late(running.companion, went)
    services.tick()
    assert stretches(running) == [(4 * MINUTE + 20 * SECOND, "companion_away")]


def test_presence_comes_before_the_meter(running):
    """A late round: overdue, and gone before that."""
    went = running.live_since_ms + MINUTE
    speak(running.pk, companion=False, now_ms=went - 5 * SECOND)
    seen(running.companion, went)
    look_again()
    services.tick()
    assert stretches(running) == [(MINUTE, "companion_away")]


def test_who_was_dealt_with_is_forgotten(running):
    now = database_now_ms()
    seen(running.companion, now - absences.KEPT_MS - 1)
    seen(running.client, now)
    notice(now)
    assert presence.client().zrange(presence.KEY, 0, -1) == [str(running.client_id).encode()]
