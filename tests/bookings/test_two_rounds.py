"""Two sweeps at once: what the one knew a moment earlier takes nobody off the other's list, and starts no clock."""

import pytest

from bookings import services
from bookings.models import Booking, State
from bookings.services import presence as absences
from common import presence
from common.clock import database_now_ms
from tests.bookings.absence import SECOND, both_here, five_minutes_in, standing, stretches
from tests.presence import look_again, looked, no_look, seen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("for_days")]


@pytest.fixture
def running(client_user, listing) -> Booking:
    return five_minutes_in(client_user, listing)


@pytest.fixture
def another(other_client, other_listing) -> Booking:
    return five_minutes_in(other_client, other_listing)


@pytest.fixture
def overtaken(running, another, monkeypatch) -> int:
    """A round that asked at this moment, when she was just not gone yet and owed from before; while it deals with
    somebody else, another one asks, finds her gone, has no time for her and owes her."""
    asked_ms = database_now_ms() + 60 * SECOND
    for booking in (running, another):
        both_here(booking, asked_ms)
    seen(running.companion, asked_ms - presence.STALE_MS + 100)
    seen(another.companion, asked_ms - 40 * SECOND)
    presence.write_moment("asked", asked_ms - 500)
    looked(asked_ms)
    no_look()
    presence.owe([running.companion_id, another.companion_id])
    plain, rounds = absences._note_absences_of, []

    def note(users, *rest):
        if not rounds:
            rounds.append(users)
            the_other_round(running, asked_ms + 200)
        return plain(users, *rest)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(absences, "_note_absences_of", note)
        absences.notice(now_ms=asked_ms)
    assert rounds == [[another.companion_id]]
    return asked_ms


def the_other_round(running: Booking, asked_ms: int) -> None:
    assert running.companion_id in presence.newly_gone(now_ms=asked_ms)
    presence.owe([running.companion_id])
    presence.noted(asked_ms, draw=0)


def rounds_from(asked_ms: int, booking: Booking, monkeypatch) -> None:
    """One in each second of a minute, and a look every 15; he stays."""
    for second in range(1, 60):
        now = asked_ms + second * SECOND
        seen(booking.client, now)
        monkeypatch.setattr(absences, "database_now_ms", lambda now=now: now)
        look_again() if second % absences.LOOK_EVERY_S == 0 else no_look()
        absences.notice(now_ms=now)
        services.sweep(now_ms=now, may_post=absences.is_looked_at)


def test_who_another_round_owes_meanwhile_stays_owed(overtaken, running, monkeypatch):
    rounds_from(overtaken, running, monkeypatch)
    assert standing(running) == (State.PAUSED, "companion_away")
    went = overtaken - presence.STALE_MS + 100
    assert running.segments.get().end_ms == went


def test_control_by_the_earlier_moment_alone_she_is_never_noticed(request, running, monkeypatch):
    monkeypatch.setattr(presence, "UNSURE_MS", 0)
    rounds_from(request.getfixturevalue("overtaken"), running, monkeypatch)
    assert standing(running) == (State.LIVE, None)


def test_who_came_back_and_went_again_while_his_absence_was_dealt_with_is_owed_when_that_is_an_absence(running):
    asked_ms = database_now_ms()
    gone = {running.companion_id: presence.LastSeen(asked_ms - 60 * SECOND, True)}
    presence.owe(gone)
    seen(running.companion, asked_ms - 25 * SECOND)
    presence.paid(list(gone), gone=gone, later={}, now_ms=asked_ms)
    for second, owed in ((0, []), (4, []), (5, list(gone))):
        presence.newly_gone(now_ms=asked_ms + second * SECOND)
        assert presence.noted(asked_ms + second * SECOND, draw=10) == owed


@pytest.mark.parametrize("ago_s", [0, 21, 25, 29])
def test_money_does_not_wait_for_who_may_have_gone(running, ago_s):
    """At any time there are some."""
    asked_ms = database_now_ms()
    seen(running.companion, asked_ms - ago_s * SECOND)
    presence.owe([running.companion_id])
    looked(asked_ms)
    no_look()
    absences.notice(now_ms=asked_ms)
    assert absences.is_looked_at()


def test_it_waits_for_who_was_put_off_until_a_moment_that_was_asked_about(running):
    """By a round that was overtaken; the next one owes him."""
    asked_ms = database_now_ms()
    looked(asked_ms)
    presence.noted(asked_ms, draw=0)
    presence.put_off({running.companion_id: asked_ms})
    assert not absences.is_looked_at()


@pytest.mark.parametrize("ago_s", [0, 15, 60])
def test_who_is_surely_here_or_was_dealt_with_is_owed_no_more(running, ago_s):
    asked_ms = database_now_ms()
    her = running.companion_id
    seen(her, asked_ms - ago_s * SECOND)
    presence.owe([her])
    presence.paid([her], gone=presence.gone([her], now_ms=asked_ms), later={}, now_ms=asked_ms)
    assert presence.noted(asked_ms, draw=10) == []


def test_a_round_that_stood_still_takes_nobody_off_the_list(running, monkeypatch):
    asked_ms = database_now_ms()
    seen(running.companion, asked_ms)
    presence.owe([running.companion_id])
    plain = absences._note_absences_of
    clock = [100.0]

    def note(*asked):
        clock[0] += absences.ABSENCES_S + absences.STOOD_S + 1
        return plain(*asked)

    monkeypatch.setattr(absences.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(absences, "_note_absences_of", note)
    absences.notice(now_ms=asked_ms)
    assert presence.noted(asked_ms, draw=10) == [running.companion_id]


def test_an_earlier_moment_starts_no_clock_for_somebody_who_has_just_gone(running):
    """The other round stopped it; by what this one asked, she was still connected."""
    asked_ms = database_now_ms() + 60 * SECOND
    both_here(running, asked_ms)
    seen(running.companion, asked_ms - presence.STALE_MS - 50)
    assert absences.notice(now_ms=asked_ms) == 1
    assert absences.notice(now_ms=asked_ms - 100) == 0
    assert standing(running) == (State.PAUSED, "companion_away")
    assert len(stretches(running)) == 1
