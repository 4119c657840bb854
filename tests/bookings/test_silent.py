"""Redis does not answer: once, for a while, for good. Money waits for it, but not for ever; no clock stops by it."""

import time

import pytest
import redis
from django.conf import settings

from bookings import services
from bookings.models import Booking, State
from bookings.services import presence as absences
from common import presence
from common.clock import database_now_ms
from tests.bookings.absence import SECOND, age, both_here, five_minutes_in, standing, stretches
from tests.orders import MINUTE
from tests.presence import seen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("for_days")]


@pytest.fixture
def running(client_user, listing) -> Booking:
    """Nothing is posted, and nobody has looked."""
    return five_minutes_in(client_user, listing)


@pytest.fixture
def ended(running) -> Booking:
    """So long ago that it can be settled."""
    services.end(booking=running, by=running.client)
    Booking.objects.update(due_ms=database_now_ms() - SECOND)
    return running


@pytest.fixture
def away(monkeypatch):
    """Redis cannot be reached, from now on."""
    nowhere = redis.Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.2)
    with monkeypatch.context() as gone:
        gone.setattr(presence, "client", lambda: nowhere)
        gone.setattr(presence, "_hole", presence.Hole())
        yield gone


@pytest.fixture
def clock(monkeypatch):
    """That of this process."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def silent_since(seconds: int) -> None:
    """It has been asked all the time."""
    now = time.monotonic()
    for ago in range(seconds, 0, -1):
        with pytest.MonkeyPatch.context() as earlier:
            earlier.setattr(time, "monotonic", lambda ago=ago: now - ago)
            presence._hole.failed()


def billed(booking: Booking) -> int:
    booking.refresh_from_db()
    return booking.billed_min


def test_one_question_without_an_answer_posts_nothing_of_which_nobody_knows(running, away):
    """Nobody has looked for minutes, and she went meanwhile."""
    went = 2 * MINUTE + 20 * SECOND
    services.tick()
    assert billed(running) == 0
    away.undo()
    seen(running.companion, running.live_since_ms + went)
    services.tick()
    assert stretches(running) == [(went, "companion_away")]


def test_control_if_that_were_silence_she_would_be_paid(running, away):
    away.setattr(settings, "PRESENCE_SILENT_MS", -1)
    services.tick()
    away.undo()
    seen(running.companion, running.live_since_ms + 2 * MINUTE)
    services.tick()
    assert stretches(running) == [(4 * MINUTE, "companion_away")]


def test_one_question_without_an_answer_settles_nothing(ended, away):
    services.tick()
    assert standing(ended)[0] == State.ENDED


def test_when_it_is_lost_within_the_round_money_waits(away):
    assert not absences.is_looked_at()


def test_clocks_are_cut_off_meanwhile(running, away):
    age(running, 26 * MINUTE)
    services.tick()
    assert standing(running)[0] == State.EXHAUSTED


@pytest.mark.parametrize(("seconds", "minutes"), [(55, 0), (65, 4)])
def test_after_a_minute_of_silence_minutes_are_posted(running, away, seconds, minutes):
    silent_since(seconds)
    services.tick()
    assert billed(running) == minutes


def test_after_a_minute_of_silence_orders_are_settled(ended, away):
    silent_since(65)
    services.tick()
    assert standing(ended)[0] == State.SETTLED


def test_silence_is_that_of_questions_asked_again_and_again(clock):
    """A process asks when it has its turn: between two turns an hour apart Redis may have answered all others."""
    hole = presence.Hole()
    hole.failed()
    clock[0] += 3600
    hole.failed()
    assert not hole.is_silent()
    for _ in range(6):
        clock[0] += 11
        hole.failed()
    assert hole.is_silent()


def test_an_answer_ends_the_silence(clock):
    hole = presence.Hole()
    for _ in range(7):
        clock[0] += 11
        hole.failed()
    hole.closed()
    hole.failed()
    assert not hole.is_silent()


def test_a_redis_that_takes_no_writes_stops_nobodys_clock(running, monkeypatch):
    """Its disk is full: it answers, but has nobody who is here."""
    address = settings.REDIS_URL.rpartition("://")[2]
    presence.client().acl_setuser("reader", enabled=True, nopass=True, keys=["*"], categories=["+@all", "-@write"])
    reader = redis.Redis.from_url(f"redis://reader:none@{address}")
    both_here(running, database_now_ms() - 31 * SECOND)
    monkeypatch.setattr(presence, "client", lambda: reader)
    monkeypatch.setattr(presence, "_hole", presence.Hole())
    services.tick()
    assert standing(running) == (State.LIVE, None)
