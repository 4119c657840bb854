"""What is not known of somebody stops no clock: an emptied Redis, an old one, none at all."""

import pytest
import redis

from bookings import services
from bookings.models import Booking, Segment, State
from common import presence
from common.clock import database_now_ms
from tests.bookings.absence import SECOND, both_here, five_minutes_in, notice, standing
from tests.orders import MINUTE
from tests.presence import complete_since, seen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("for_days")]


@pytest.fixture
def running(client_user, listing) -> Booking:
    return five_minutes_in(client_user, listing)


def test_an_emptied_redis_stops_nobodys_clock(running):
    now = database_now_ms()
    presence.client().flushdb()
    # Within 15 s every web process has written its people again.
    assert [notice(now), notice(now + 10 * SECOND)] == [0, 0]
    both_here(running, now + 15 * SECOND)
    assert notice(now + 31 * SECOND) == 0
    assert standing(running) == (State.LIVE, None)


def test_control_if_what_is_missing_counted_from_ever_the_clock_would_stop(running):
    presence.client().flushdb()
    complete_since(running.live_since_ms - MINUTE)
    assert notice(database_now_ms()) == 1


def test_who_was_gone_when_it_was_emptied_counts_as_gone_since_then(running):
    now = database_now_ms()
    seen(running.companion, now - 20 * SECOND)
    presence.client().flushdb()
    notice(now)
    seen(running.client, now + 31 * SECOND)
    assert notice(now + 31 * SECOND) == 1
    assert Segment.objects.get().end_ms == now


def test_a_redis_that_came_back_from_an_old_snapshot_stops_nobodys_clock(running, monkeypatch):
    now = database_now_ms()
    both_here(running, now - 20 * MINUTE)
    monkeypatch.setattr(presence, "floor_ms", lambda *, since_ms, info, now_ms: max(since_ms, now - 2 * SECOND))
    assert notice(now) == 0


def test_a_redis_out_of_reach_stops_nobodys_clock(running, monkeypatch):
    nowhere = redis.Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.2)
    seen(running.companion, running.live_since_ms)
    monkeypatch.setattr(presence, "client", lambda: nowhere)
    services.tick()
    assert standing(running) == (State.LIVE, None)


def test_after_redis_was_away_for_long_what_it_says_counts_from_now(running, monkeypatch):
    """Nobody could write to it, so that everybody in it looks gone."""
    hole = presence.Hole()
    monkeypatch.setattr(presence, "_hole", hole)
    both_here(running, database_now_ms() - 40 * SECOND)
    hole._since = 1.0
    assert notice(database_now_ms()) == 0
    assert not hole.is_open()


def test_control_without_knowing_that_it_was_away_the_clock_would_stop(running):
    both_here(running, database_now_ms() - 40 * SECOND)
    assert notice(database_now_ms()) == 1
