"""An absence counts when the terms of the order say so, whatever the settings are by then and whenever it is looked."""

from types import SimpleNamespace

import pytest

from bookings import services
from bookings.models import Booking, State
from bookings.services import presence as absences
from common import presence
from common.clock import database_now_ms
from tests.bookings.absence import (
    SECOND,
    both_here,
    five_minutes_in,
    notice,
    pause_at,
    resume_at,
    standing,
    stretches,
)
from tests.orders import MINUTE, live
from tests.presence import complete_since, look_again, looked, no_look, seen

NOBODY = 0
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("for_days")]


@pytest.fixture
def begun(client_user, listing) -> Booking:
    """Just now, for an hour, with a client who has closed his page before her first words."""
    booking = live(client_user, listing, 60)
    seen(booking.client, booking.live_since_ms - MINUTE)
    return booking


@pytest.fixture
def clock(monkeypatch) -> SimpleNamespace:
    clock = SimpleNamespace(ms=database_now_ms())
    monkeypatch.setattr(absences, "database_now_ms", lambda: clock.ms)
    return clock


def rounds(booking: Booking, clock: SimpleNamespace, seconds: range, *, here: int) -> None:
    """One in each of these seconds of its clock, and a look in the first; `here` stays connected."""
    look_again()
    for second in seconds:
        clock.ms = booking.live_since_ms + second * SECOND
        seen(here, clock.ms)
        absences.notice(now_ms=clock.ms)
        services.sweep(now_ms=clock.ms, may_post=absences.is_looked_at)
        no_look()
        booking.refresh_from_db()
        if booking.state != State.LIVE:
            return


# Whenever it is looked


@pytest.mark.parametrize("gap", [1, 45, 55, 59, 61, 120])
@pytest.mark.parametrize("is_written_down", [True, False])
def test_a_client_who_was_never_there_is_waited_for_once_however_long_nobody_looks(begun, clock, gap, is_written_down):
    """The last looks come shortly before his three minutes are over; then no sweep lives for so long."""
    if not is_written_down:
        presence.client().zrem(presence.KEY, begun.client_id)
    for first in (0, 15, 60, 119, 178):
        rounds(begun, clock, range(first, first + 2), here=begun.companion_id)
    rounds(begun, clock, range(178 + gap, 400), here=begun.companion_id)
    assert standing(begun) == (State.PAUSED, "client_away")
    assert stretches(begun) == [(3 * MINUTE, "client_away")]


def test_control_who_is_not_put_off_is_never_noticed_when_his_clock_is_not_young_any_more(begun, clock, monkeypatch):
    monkeypatch.setattr(presence, "put_off", lambda _moments: None)
    rounds(begun, clock, range(0, 170), here=begun.companion_id)
    monkeypatch.setattr(absences, "RECENT_MS", 0)
    rounds(begun, clock, range(170, 400), here=begun.companion_id)
    assert standing(begun) == (State.LIVE, None)


def test_he_is_noticed_by_the_second_without_any_look(begun, clock):
    began = begun.live_since_ms
    rounds(begun, clock, range(0, 181), here=begun.companion_id)
    assert (standing(begun), clock.ms) == ((State.PAUSED, "client_away"), began + 3 * MINUTE)


def test_a_sweep_that_dies_when_it_has_asked_leaves_him_to_the_next(begun, clock):
    rounds(begun, clock, range(0, 100), here=begun.companion_id)
    moment = begun.live_since_ms + 3 * MINUTE
    presence.newly_gone(now_ms=moment)
    assert (presence.put_off_of([begun.client_id]), absences.is_looked_at()) == (set(), False)
    seen(begun.companion, moment)
    assert absences.notice(now_ms=moment + SECOND) == 1
    assert stretches(begun) == [(3 * MINUTE, "client_away")]


def test_who_is_back_before_his_moment_has_not_been_away(begun, clock):
    rounds(begun, clock, range(0, 100), here=begun.companion_id)
    seen(begun.client, begun.live_since_ms + 170 * SECOND)
    rounds(begun, clock, range(170, 185), here=begun.companion_id)
    assert standing(begun) == (State.LIVE, None)
    assert presence.put_off_of([begun.client_id]) == set() and presence.owed(0, presence.UNTIL_PAID) == 0


def test_who_left_again_is_waited_for_from_then_on(begun, clock):
    went = begun.live_since_ms + 100 * SECOND
    rounds(begun, clock, range(0, 100), here=begun.companion_id)
    seen(begun.client, went)
    rounds(begun, clock, range(100, 300), here=begun.companion_id)
    assert (stretches(begun), clock.ms) == ([(280 * SECOND, "client_away")], went + 3 * MINUTE)


def test_his_moment_comes_also_when_his_clock_stood_meanwhile(begun, clock):
    """She was away for a while: nothing begins anew for him."""
    rounds(begun, clock, range(0, 100), here=begun.companion_id)
    rounds(begun, clock, range(130, 135), here=NOBODY)
    assert standing(begun) == (State.PAUSED, "companion_away")
    began = begun.steps.get(state="live").at_ms
    absences.notice(now_ms=began + 3 * MINUTE)
    seen(begun.companion, began + 4 * MINUTE)
    assert absences.notice(now_ms=began + 4 * MINUTE) == 1
    assert notice(began + 4 * MINUTE + SECOND) == 1
    assert [length for length, _reason in stretches(begun)] == [99 * SECOND, 0]


# By the terms


@pytest.fixture
def agreed(client_user, listing, settings):
    """Five minutes in, agreed with these graces; by now the settings are others."""

    def agree(*, hers_s: int = 30, his_s: int = 180, by_now: dict[str, int]) -> Booking:
        settings.COMPANION_GRACE_MS, settings.CLIENT_GRACE_MS = hers_s * SECOND, his_s * SECOND
        booking = five_minutes_in(client_user, listing)
        for name, seconds in by_now.items():
            setattr(settings, name, seconds * SECOND)
        return booking

    return agree


def noticed_after(booking: Booking, clock: SimpleNamespace, gone: int) -> int:
    """Somebody leaves now, for good: in how many seconds the clock is stopped. Nobody is asked about by name."""
    went_s = (database_now_ms() - booking.live_since_ms) // SECOND + 1
    here = ({booking.companion_id, booking.client_id} - {gone}).pop()
    looked(booking.live_since_ms + went_s * SECOND)
    no_look()
    seen(gone, booking.live_since_ms + went_s * SECOND)
    began, booking_began = went_s, booking.live_since_ms
    for second in range(began, began + 400):
        clock.ms = booking_began + second * SECOND
        seen(here, clock.ms)
        if absences.notice(now_ms=clock.ms):
            return second - went_s
    return -1


@pytest.mark.parametrize(("agreed_s", "setting_s"), [(30, 20), (30, 40), (20, 30), (40, 30), (45, 10)])
def test_a_companion_is_away_after_what_was_agreed(agreed, clock, agreed_s, setting_s):
    """Nobody is called gone before presence does."""
    booking = agreed(hers_s=agreed_s, by_now={"COMPANION_GRACE_MS": setting_s})
    assert noticed_after(booking, clock, booking.companion_id) == max(agreed_s, presence.STALE_MS // SECOND)


@pytest.mark.parametrize(("agreed_s", "setting_s"), [(180, 120), (180, 300), (120, 180), (300, 180), (60, 180)])
def test_a_client_is_waited_for_as_long_as_was_agreed(agreed, clock, agreed_s, setting_s):
    booking = agreed(his_s=agreed_s, by_now={"CLIENT_GRACE_MS": setting_s})
    assert noticed_after(booking, clock, booking.client_id) == agreed_s
    [(length, reason)] = stretches(booking)
    assert (reason, length % SECOND) == ("client_away", 0)


def test_what_is_known_of_one_who_is_put_off_is_not_forgotten(agreed, clock):
    """Longer than anybody has to be kept by the settings of now."""
    booking = agreed(his_s=600, by_now={"CLIENT_GRACE_MS": 180})
    both_here(booking, went := booking.live_since_ms + 5 * MINUTE)
    seen(booking.companion, went + 9 * MINUTE)
    notice(went + 31 * SECOND)
    notice(went + 9 * MINUTE)
    assert presence.client().zscore(presence.KEY, booking.client_id) == went
    seen(booking.companion, went + 10 * MINUTE)
    notice(went + 10 * MINUTE)
    assert stretches(booking) == [(15 * MINUTE, "client_away")]


# What a look costs


def asked_by_look(monkeypatch, now_ms: int) -> list[int]:
    asked, plain = [], absences._note_together

    def note(users, *rest):
        asked.extend(users)
        return plain(users, *rest)

    with monkeypatch.context() as watched:
        watched.setattr(absences, "_note_together", note)
        notice(now_ms)
    return asked


def test_who_is_put_off_is_not_asked_about_by_each_look(begun, monkeypatch):
    began = begun.live_since_ms
    seen(begun.companion, began + MINUTE)
    asked = [asked_by_look(monkeypatch, began + second * SECOND) for second in (10, 31, 46, 60)]
    assert asked == [[begun.client_id], [begun.client_id], [], []]


def test_a_clock_that_began_since_the_last_look_asks_about_him_although_he_is_put_off(begun, monkeypatch):
    now = begun.live_since_ms + 10 * SECOND
    complete_since(now - 60 * MINUTE)
    looked(begun.live_since_ms - SECOND)
    presence.put_off({begun.client_id: now + 60 * MINUTE})
    seen(begun.companion, now)
    notice(now)
    assert presence.client().zscore(presence.LATER, begun.client_id) == begun.live_since_ms + 3 * MINUTE


def test_what_is_put_off_in_one_order_is_no_excuse_for_a_closed_stretch_of_another(client_user, listing, other_listing):
    """She keeps him company here, and is the client there, where her absence counts only later. She goes; between two
    looks the clock here runs for five seconds and is stopped for good."""
    here = five_minutes_in(client_user, listing)
    there = five_minutes_in(here.companion, other_listing)
    began = database_now_ms() + SECOND
    pause_at(here, began)

    def a_round(second: int, *, looks: bool) -> None:
        both_stay = (client_user, there.companion)
        for user in both_stay:
            seen(user, began + second * SECOND)
        look_again() if looks else no_look()
        absences.notice(now_ms=began + second * SECOND)

    seen(here.companion, began)
    for second in (31, 35, 39):
        a_round(second, looks=second == 31)
    resume_at(here, began + 40 * SECOND)
    pause_at(here, began + 45 * SECOND)
    a_round(46, looks=True)
    assert stretches(here)[-1] == (0, "companion_away")
