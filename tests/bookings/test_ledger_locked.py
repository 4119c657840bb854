"""Somebody has the ledger's tables locked: clocks are stopped all the same, and posting takes no more than its time."""

from functools import partial

import pytest
from django.db import OperationalError, connection
from django.db.models import F

from bookings import services
from bookings.models import Booking, State, Timer
from bookings.services import metering
from common.clock import database_now_ms
from tests.cast import a_listing, a_user
from tests.functions import without
from tests.orders import MINUTE, live, speak
from tests.rivals import rival, soon

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("for_days")]
MANY = 6


@pytest.fixture
def due() -> list[Booking]:
    """Each has five minutes to be posted."""
    many = [live(a_user(f"client{number}"), a_listing(f"her{number}")) for number in range(MANY)]
    for booking in many:
        run_for(booking, 6 * MINUTE)
    return many


@pytest.fixture
def over(client_user, listing) -> Booking:
    """Its time is over."""
    booking = live(client_user, listing)
    run_for(booking, booking.granted_ms)
    return booking


def run_for(booking: Booking, ms: int) -> None:
    moved = {"live_since_ms": booking.live_since_ms - ms, "due_ms": booking.due_ms - ms}
    Booking.objects.filter(pk=booking.pk).update(**moved)


def lock(*tables: str, mode: str = "SHARE") -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {', '.join(tables)} IN {mode} MODE")


def set_aside() -> int:
    return Timer.objects.exclude(due_ms=F("booking__due_ms")).count()


def state(booking: Booking) -> str:
    booking.refresh_from_db()
    return booking.state


def test_a_sweep_stops_clocks_and_gives_the_rest_its_time(due, over, monkeypatch):
    """Here that of one."""
    monkeypatch.setattr(metering, "PARTS_S", 0)
    with rival(partial(lock, "payments_transfer")) as meanwhile:
        meanwhile(services.sweep)()
        assert (state(over), set_aside()) == (State.EXHAUSTED, 1)


def test_control_without_an_end_it_would_wait_for_each(due, over, monkeypatch):
    monkeypatch.setattr(metering, "PARTS_S", 60)
    with rival(partial(lock, "payments_transfer")) as meanwhile:
        meanwhile(services.sweep)()
        assert set_aside() == MANY


def test_once_it_is_free_all_is_posted(due):
    with rival(partial(lock, "payments_transfer")) as meanwhile:
        meanwhile(services.sweep)()
        assert set(Booking.objects.values_list("billed_min", flat=True)) == {0}
    services.sweep(now_ms=database_now_ms() + 2000)
    assert set(Booking.objects.values_list("billed_min", flat=True)) == {5}


def test_a_message_after_the_end_finds_the_clock_stopped(over):
    with rival(partial(lock, "payments_transfer", "payments_account", mode="ACCESS EXCLUSIVE")) as meanwhile:
        meanwhile(partial(speak, over.pk, companion=True))()
    assert state(over) == State.EXHAUSTED


def test_control_to_insert_nothing_needs_the_table_too(over):
    with (
        without("bookings/meter", "IF refs IS NOT NULL THEN", "IF true THEN"),
        rival(partial(lock, "payments_transfer")) as meanwhile,
        pytest.raises(OperationalError, match="lock timeout"),
    ):
        meanwhile(partial(soon, speak, over.pk, companion=True))()
