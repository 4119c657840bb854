"""What is due is looked for beside the bookings: the two say the same of each, whoever writes."""

import pytest
from django.db import connection

from bookings import services
from bookings.models import RUNNING, Booking, Timer
from tests.orders import accepted, live, ordered, requested, settle

pytestmark = pytest.mark.django_db


def timers() -> dict:
    return {row.booking_id: (row.due_ms, row.metered) for row in Timer.objects.all()}


def due() -> dict:
    return {row.pk: (row.due_ms, row.state in RUNNING) for row in Booking.objects.exclude(due_ms=None)}


@pytest.mark.parametrize("state", [ordered, requested, accepted, live])
def test_an_open_order_has_one(client_user, listing, state):
    booking = state(client_user, listing)
    assert timers() == due() and booking.pk in timers()


def test_the_meter_moves_it(client_user, listing):
    booking = live(client_user, listing)
    services.sweep(now_ms=booking.due_ms)
    booking.refresh_from_db()
    assert timers() == {booking.pk: (booking.due_ms, True)}


def test_one_that_is_settled_has_none(client_user, listing):
    settle(live(client_user, listing))
    assert timers() == due() == {}


def test_many_at_once(client_user, listing):
    booking = live(client_user, listing)
    Booking.objects.update(due_ms=booking.due_ms - 1)
    assert timers() == {booking.pk: (booking.due_ms - 1, True)}


def test_without_the_trigger_it_would_stay(client_user, listing):
    """The negative control."""
    booking = live(client_user, listing)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE bookings_booking DISABLE TRIGGER bookings_set_timers")
    Booking.objects.update(due_ms=booking.due_ms - 1)
    assert timers() == {booking.pk: (booking.due_ms, True)}
