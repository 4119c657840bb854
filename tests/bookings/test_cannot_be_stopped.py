"""A clock should stand, and what stopping it needs is locked: nobody goes on as if it ran, or would bill the wait."""

from functools import partial

import pytest
from django.db import OperationalError, connection

from bookings import services
from bookings.models import Booking, State
from common.clock import database_now_ms
from tests.bookings.absence import SECOND, five_minutes_in, standing, stretches
from tests.cast import a_listing
from tests.functions import without
from tests.orders import speak
from tests.rivals import rival, soon
from tests.waiting import until

PROMISE_S = 15
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("for_days")]


@pytest.fixture
def overdue(client_user) -> Booking:
    """His question has waited for longer than she promised, and no sweep came by."""
    booking = five_minutes_in(client_user, a_listing("quick", promise_s=PROMISE_S))
    speak(booking.pk, companion=False, now_ms=database_now_ms() - 100 * SECOND)
    booking.refresh_from_db()
    return booking


@pytest.fixture
def stands_too_long(client_user, listing) -> Booking:
    """He paused it, and may not pause for so long."""
    booking = services.pause(booking=five_minutes_in(client_user, listing), by=client_user)
    Booking.objects.filter(pk=booking.pk).update(due_ms=database_now_ms() - SECOND)
    return booking


def lock(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN SHARE MODE")


def waits_longer_than_the_sweep_does() -> bool:
    """That gives up after 100 ms (bookings_meter)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(clock_timestamp() - waitstart) > '200 ms' FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


ACTS = {
    "answer": lambda booking: speak(booking.pk, companion=True),
    "end": lambda booking: services.end(booking=booking, by=booking.client),
    "pause": lambda booking: services.pause(booking=booking, by=booking.client),
}


@pytest.mark.parametrize("table", ["bookings_step", "bookings_segment"])
@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_nothing_is_done_to_it_until_it_can_be_stopped(overdue, act, table):
    before = (overdue.turn.awaiting_since_ms, overdue.live_since_ms)
    with rival(partial(lock, table)) as meanwhile, pytest.raises(OperationalError, match="lock timeout"):
        meanwhile(partial(soon, act, overdue))()
    overdue.refresh_from_db()
    assert (overdue.turn.awaiting_since_ms, overdue.live_since_ms) == before
    services.sweep()
    asked_ms, live_since_ms = before
    assert stretches(overdue) == [(asked_ms + PROMISE_S * SECOND - live_since_ms, "reply_overdue")]


def test_control_an_answer_that_goes_on_all_the_same_has_the_whole_wait_billed(overdue):
    with without("bookings/turns", "PERFORM bookings_meter_first(", "PERFORM bookings_meter_one("):
        with rival(partial(lock, "bookings_step")) as meanwhile:
            meanwhile(partial(ACTS["answer"], overdue))()
        services.sweep()
        assert (stretches(overdue), standing(overdue)) == ([], (State.LIVE, None))


def test_one_that_has_stood_too_long_does_not_go_on(stands_too_long):
    with rival(partial(lock, "bookings_step")) as meanwhile, pytest.raises(OperationalError, match="lock timeout"):
        meanwhile(partial(soon, services.resume, booking=stands_too_long, by=stands_too_long.client))()
    services.sweep()
    assert standing(stands_too_long)[0] == State.ENDED


def test_what_is_in_the_way_for_a_moment_is_waited_for(overdue):
    asked_ms, live_since_ms = overdue.turn.awaiting_since_ms, overdue.live_since_ms
    with rival(partial(lock, "bookings_segment")) as meanwhile:
        ending = meanwhile(partial(ACTS["end"], overdue))
        until(waits_longer_than_the_sweep_does, what="the end to wait for the lock")
    ending()
    assert stretches(overdue) == [(asked_ms + PROMISE_S * SECOND - live_since_ms, "reply_overdue")]
