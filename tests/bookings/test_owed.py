"""Thousands may be gone at once: a round deals with some, clocks do not wait for the others, and money does."""

import random
from types import SimpleNamespace

import pytest

from bookings import services
from bookings.models import Booking, Segment, State
from bookings.services import presence as absences
from common import presence
from common.clock import database_now_ms
from tests.bookings.absence import SECOND, age, both_here, standing, stretches
from tests.cast import a_listing, a_user
from tests.orders import MINUTE, live
from tests.presence import look_again, seen

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
    absences._forget(went + absences.KEPT_MS + MINUTE)
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


@pytest.mark.parametrize("seed", range(3))
def test_whenever_money_may_move_all_are_dealt_with_who_went_before_what_may_be_posted(
    running, watch, monkeypatch, seed
):
    """One after the other, or all at once, in rounds that have time for one, or for none, or do not come."""
    chance, began = random.Random(seed), database_now_ms()
    burst = chance.randrange(40)
    went = {booking: chance.choice((burst, chance.randrange(80))) for booking in running}
    may_move = []
    for second in range(160):
        a_second(went, began, second, monkeypatch)
        monkeypatch.setattr(absences, "ABSENCES_S", chance.choice((-1, 0.6)))
        if chance.random() < 0.7:
            absences.notice()
        if absences.is_looked_at():
            may_move.append(second)
            assert all(went[booking] > second - LAG_S for booking in running if standing(booking)[0] == State.LIVE)
    assert may_move[-1] == 159
    assert {segment.booking: segment.end_ms for segment in Segment.objects.select_related("booking")} == {
        booking: began + gone_s * SECOND for booking, gone_s in went.items()
    }


def a_second(went: dict[Booking, int], began: int, second: int, monkeypatch) -> None:
    now = began + second * SECOND
    monkeypatch.setattr(absences, "database_now_ms", lambda: now)
    if second % absences.LOOK_EVERY_S == 0:
        look_again()
    for booking, gone_s in went.items():
        seen(booking.client, now)
        seen(booking.companion, began + min(second, gone_s) * SECOND)


def test_control_if_money_did_not_wait_for_who_is_owed_it_would_move_too_early(running, watch, monkeypatch):
    monkeypatch.setattr(presence, "owe", lambda *_, **__: None)
    leave(running[:2])
    absences.notice()
    assert absences.is_looked_at()
    assert State.LIVE in states(running[:2])
