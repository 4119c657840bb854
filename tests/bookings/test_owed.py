"""Thousands may be gone at once: a round deals with some, clocks do not wait for the others, and money does."""

import math
import random
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.db import IntegrityError

from bookings import services
from bookings.models import Booking, Segment, State
from bookings.services import presence as absences
from common import presence
from common.clock import database_now_ms
from tests.bookings.absence import SECOND, age, both_here, standing, stretches
from tests.cast import a_listing, a_user
from tests.orders import MINUTE, live
from tests.presence import look_again, no_look, seen

LAG_S = 45
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("for_days")]


@pytest.fixture
def running() -> list[Booking]:
    """Four, live for five minutes, nothing posted, all here."""
    bookings = [live(a_user(f"client{number}"), a_listing(f"her{number}")) for number in range(4)]
    age(bookings[0], 5 * MINUTE)
    for booking in bookings:
        booking.refresh_from_db()
        both_here(booking, database_now_ms())
    return bookings


@pytest.fixture
def watch(monkeypatch) -> SimpleNamespace:
    """A clock of the process by which each person dealt with takes a second, and a round has time for one."""
    clock, plain = SimpleNamespace(s=0.0), absences._note_together

    def note(users, *rest):
        clock.s += len(users)
        return plain(users, *rest)

    monkeypatch.setattr(absences, "time", SimpleNamespace(monotonic=lambda: clock.s))
    monkeypatch.setattr(absences, "_note_together", note)
    monkeypatch.setattr(absences, "BATCH", 1)
    return clock


def leave(bookings: list[Booking]) -> int:
    """Both of each went 20 s into the third minute."""
    went = bookings[0].live_since_ms + 2 * MINUTE + 20 * SECOND
    for booking in bookings:
        both_here(booking, went)
    return went


def states(bookings: list[Booking]) -> list[str]:
    return [standing(booking)[0] for booking in bookings]


def test_a_round_deals_with_as_many_as_it_has_time_for(running, watch):
    leave(running)
    absences.notice()
    assert watch.s == 1


def test_clocks_are_cut_off_and_nothing_is_posted_while_some_are_left(running, watch, caplog):
    leave(running[:2])
    age(running[3], 26 * MINUTE)
    both_here(running[3], database_now_ms())
    services.tick()
    assert standing(running[3])[0] == State.EXHAUSTED
    assert not Booking.objects.exclude(billed_min=0).exists()
    assert "people who are gone are still to be dealt with" in caplog.text


def test_the_next_rounds_go_on_and_then_money_moves(running, watch):
    leave(running[:2])
    before = [services.tick() and absences.is_looked_at() for _ in range(3)]
    services.tick()
    assert not any(before)
    assert states(running) == [State.PAUSED] * 2 + [State.LIVE] * 2
    assert stretches(running[0])[0] == (2 * MINUTE + 20 * SECOND, "companion_away")
    assert list(Booking.objects.filter(state=State.LIVE).values_list("billed_min", flat=True)) == [4, 4]


def test_who_is_back_before_his_turn_has_not_been_away(running, watch):
    leave(running)
    absences.notice()
    for booking in running:
        both_here(booking, database_now_ms())
    before = states(running)
    for _ in range(7):
        absences.notice()
    assert absences.is_looked_at()
    assert states(running).count(State.PAUSED) <= before.count(State.PAUSED) <= 1


def test_the_moment_of_one_who_is_owed_is_not_forgotten(running, watch):
    went = leave(running[:1])
    presence.owe([running[0].companion_id])
    presence.forget(before_ms=went + MINUTE)
    assert presence.client().zscore(presence.KEY, running[0].companion_id) == went


def test_those_who_are_back_are_brought_back_some_in_each_round(running, monkeypatch):
    for booking in running:
        seen(booking.companion, booking.live_since_ms + 2 * MINUTE)
    absences.notice()
    monkeypatch.setattr(absences, "BATCH", 1)
    clock, plain = SimpleNamespace(s=0.0), absences._return_together

    def note(users, now_ms):
        clock.s += 1
        return plain(users, now_ms)

    monkeypatch.setattr(absences, "time", SimpleNamespace(monotonic=lambda: clock.s))
    monkeypatch.setattr(absences, "_return_together", note)
    for booking in running:
        both_here(booking, database_now_ms())
    assert [absences.notice() for _ in range(5)] == [1, 1, 1, 1, 0]


# Rounds that come, or do not, have time, or not, and look, or not


# In seconds. Looks are further apart than is tolerated without asking about everybody, or just not.
GAPS = (15, 59, 59, 59, 90)
SECONDS = 440


@pytest.fixture
def begun() -> list[Booking]:
    """Four, each live half a minute longer than the next."""
    bookings = []
    for number in range(4):
        bookings.append(live(a_user(f"client{number}"), a_listing(f"her{number}"), 60))
        age(bookings[-1], 31 * SECOND)
    for booking in bookings:
        booking.refresh_from_db()
    return bookings


# In the last three nobody looks for 59 s, of which the first are those in which a client begins to be away.
@pytest.mark.parametrize("seed", [0, 1, 2, 3, 47, 211, 298])
def test_whenever_money_may_move_all_are_dealt_with_who_went_before_what_may_be_posted(begun, watch, monkeypatch, seed):
    """Some at once, some one after the other, some long before their clock began."""
    chance, began = random.Random(seed), database_now_ms()
    left = leavings(begun, began, chance)
    stops = {booking: stop_of(booking, left) for booking in begun}
    may_move = []
    for now in moments(began, chance):
        monkeypatch.setattr(absences, "database_now_ms", lambda now=now: now)
        monkeypatch.setattr(absences, "ABSENCES_S", chance.choice((-1, 0.6, 3.6)))
        all_here(left, now)
        if chance.random() < 0.7:
            absences.notice()
            no_look()
        if absences.is_looked_at():
            may_move.append(now)
            lived = [booking for booking in begun if standing(booking)[0] == State.LIVE]
            assert all(stops[booking] > now - LAG_S * SECOND for booking in lived)
    assert may_move[-1] > began + (SECONDS - 60) * SECOND
    assert {segment.booking: segment.end_ms for segment in Segment.objects.select_related("booking")} == {
        booking: stop for booking, stop in stops.items() if stop < math.inf
    }


def leavings(bookings: list[Booking], began: int, chance: random.Random) -> dict[int, float]:
    """When each left, in ms; infinity: stays."""
    burst, stays = chance.randrange(200), math.inf
    hers = {one.companion_id: chance.choice((burst, chance.randrange(200), stays, stays, stays)) for one in bookings}
    his = {
        one.client_id: chance.choice((burst, chance.randrange(200), stays, *[-chance.randrange(125, 300)] * 4))
        for one in bookings
    }
    return {user: began + seconds * SECOND for user, seconds in (hers | his).items()}


def stop_of(booking: Booking, left: dict[int, float]) -> float:
    hers = max(booking.live_since_ms, left[booking.companion_id])
    return min(hers, max(booking.live_since_ms, left[booking.client_id]) + booking.terms.client_grace_ms)


def moments(began: int, chance: random.Random) -> Iterator[int]:
    """Each second, but for those in which no worker lives."""
    second = look_s = 0
    while second < SECONDS:
        if second >= look_s or second > SECONDS - 30:
            look_again()
            look_s = second + chance.choice(GAPS)
        yield began + second * SECOND
        second += chance.choice(GAPS) if chance.random() < 0.02 and second < SECONDS - 100 else 1


def all_here(left: dict[int, float], now_ms: int) -> None:
    presence.client().zadd(presence.KEY, {str(user): min(at_ms, now_ms) for user, at_ms in left.items()})


# What breaks a rule


@pytest.fixture
def broken(running, monkeypatch) -> Iterator[SimpleNamespace]:
    """What she does to the first order cannot be noted, until it is mended."""
    broken, plain = SimpleNamespace(by=running[0].companion_id), absences._note_together

    def note(users, *rest):
        if broken.by in users:
            raise IntegrityError
        return plain(users, *rest)

    monkeypatch.setattr(absences, "_note_together", note)
    return broken


def test_who_breaks_a_rule_is_asked_about_again_and_money_waits(running, broken):
    went = leave(running[:1])
    both_here(running[1], went)
    services.tick()
    assert states(running) == [State.LIVE, State.PAUSED, State.LIVE, State.LIVE]
    assert not absences.is_looked_at()
    broken.by = None
    services.tick()
    assert stretches(running[0]) == [(2 * MINUTE + 20 * SECOND, "companion_away")]
    assert Booking.objects.get(pk=running[2].pk).billed_min == 4


def test_control_if_he_counted_as_dealt_with_she_would_be_paid_for_nothing(running, broken, monkeypatch):
    monkeypatch.setattr(presence, "owe", lambda *_, **__: None)
    leave(running[:1])
    services.tick()
    broken.by = None
    services.tick()
    assert standing(running[0])[0] == State.LIVE
    assert Booking.objects.get(pk=running[0].pk).billed_min == 4


def test_one_who_breaks_a_rule_holds_up_money_for_five_minutes_and_stays_owed(running, broken, monkeypatch, caplog):
    began, went = database_now_ms(), leave(running[:1])
    seen(running[0].client, began + 20 * MINUTE)
    waits = []
    for second in range(0, 600, 10):
        monkeypatch.setattr(absences, "database_now_ms", lambda now=began + second * SECOND: now)
        look_again()
        for booking in running[1:]:
            both_here(booking, began + second * SECOND)
        absences.notice()
        if not absences.is_looked_at():
            waits.append(second)
    assert waits == list(range(0, 300, 10))
    assert "broken a rule for minutes" in caplog.text
    assert presence.client().zscore(presence.KEY, running[0].companion_id) == went
    broken.by = None
    absences.notice()
    assert stretches(running[0]) == [(2 * MINUTE + 20 * SECOND, "companion_away")]


def test_it_is_told_once_in_a_while_what_cannot_be_noted(running, broken, caplog):
    leave(running[:1])
    for _ in range(5):
        absences.notice()
    assert caplog.text.count("cannot be noted") == 1


# Controls


def test_control_if_money_did_not_wait_for_who_is_owed_it_would_move_too_early(running, watch, monkeypatch):
    monkeypatch.setattr(presence, "owe", lambda *_, **__: None)
    leave(running[:2])
    absences.notice()
    assert absences.is_looked_at()
    assert State.LIVE in states(running[:2])
