"""Support staff ask for one bill: it is told again from its stretches, and held against the ledger."""

from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from bookings import services
from bookings.models import Booking
from tests.cast import a_week
from tests.orders import MINUTE, appointed, live, on_the_half_hour, ordered, pay_on_top, settle, speak

pytestmark = pytest.mark.django_db


@pytest.fixture
def said(capsys):
    """What the command says about a booking."""

    def say(booking: Booking) -> str:
        call_command("explain_booking", booking.code)
        return capsys.readouterr().out

    return say


@pytest.fixture
def running(client_user, listing) -> Booking:
    return live(client_user, listing)


def test_a_settled_bill_with_time_on_top_and_a_stop(running, said):
    pay_on_top(services.extend(booking=running, by=running.client, minutes=30, request_key=uuid4()))
    speak(running.pk, companion=False, now_ms=running.live_since_ms + 5 * MINUTE)
    settle(running)
    text = said(running)
    assert "counted 6:00.000, reply_overdue" in text
    assert "6 min count, ¥2\n" in text
    assert "+30 min for ¥10: granted" in text
    assert "payment 2" in text and "held in all" in text
    assert text.endswith("The ledger says the same.\n")


def test_each_way_an_order_can_end(client_user, other_client, listing, said):
    a_week(listing.companion)
    late = appointed(client_user, listing, starts_at=on_the_half_hour(3))
    services.cancel(booking=late, by=client_user)
    unpaid = ordered(other_client, listing)
    for booking in (late, unpaid):
        booking.refresh_from_db()
        assert said(booking).endswith("The ledger says the same.\n")
    kept = [line.split()[-2:] for line in said(late).splitlines() if line.startswith("kept")]
    assert kept == [["¥2", "¥2"]]


def test_while_it_runs(running, said):
    services.sweep(now_ms=running.live_since_ms + 10 * MINUTE)
    assert said(running).endswith("The ledger says the same.\n")


def test_what_differs_is_named(running, capsys):
    services.end(booking=running, by=running.client)
    settle(running)
    tamper(running)
    with pytest.raises(CommandError, match="something else"):
        call_command("explain_booking", str(running.pk))
    said = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("held when")]
    assert said == [["held", "when", "it", "was", "accepted", "¥10", "¥9.99", "DIFFERS"]]


def tamper(booking: Booking) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE payments_transfer DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE payments_transfer SET amount = amount - 1 WHERE ref = %s AND kind = 'hold'", [booking.pk]
        )


def test_an_unknown_number_is_said_to_be_unknown():
    with pytest.raises(CommandError, match="no booking"):
        call_command("explain_booking", "AAAA-AAAA")
