"""Support staff ask for one bill: it is told again from its stretches, and held against the ledger."""

from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F

from bookings import services
from bookings.models import Booking
from tests.cast import a_week
from tests.orders import (
    MINUTE,
    appointed,
    live,
    on_the_half_hour,
    ordered,
    past_the_triggers,
    pay_on_top,
    settle,
    speak,
)

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
    tamper(HELD)
    with pytest.raises(CommandError, match="something else"):
        call_command("explain_booking", str(running.pk))
    said = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("held when")]
    assert said == [["held", "when", "it", "was", "accepted", "¥10", "¥9.99", "DIFFERS"]]


HELD = "UPDATE payments_transfer SET amount = amount - 1 WHERE kind = 'hold'"
MINUTE_CHEAPER = "UPDATE payments_transfer SET amount = amount - 1 WHERE kind = 'minute' AND seq = 0"
COUNTED_MORE = "UPDATE bookings_booking SET billed_min = billed_min + 1"
LIVED_LONGER = "UPDATE bookings_segment SET end_ms = end_ms + 60000"


def tamper(sql: str) -> None:
    with past_the_triggers(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture(params=["live", "paused", "ended", "settled"])
def ten_minutes(request, running) -> Booking:
    """Nine of them are posted, until it is settled."""
    Booking.objects.update(live_since_ms=F("live_since_ms") - 10 * MINUTE, due_ms=F("due_ms") - 10 * MINUTE)
    services.sweep()
    if request.param != "live":
        act = services.pause if request.param == "paused" else services.end
        act(booking=running, by=running.client)
    if request.param == "settled":
        settle(running)
    running.refresh_from_db()
    assert (running.state, running.billed_min) == (request.param, 10 if request.param == "settled" else 9)
    return running


@pytest.mark.parametrize("what", [MINUTE_CHEAPER, COUNTED_MORE, LIVED_LONGER])
def test_a_bill_that_was_tampered_with_is_found_at_any_time(ten_minutes, said, what):
    assert said(ten_minutes).endswith("The ledger says the same.\n")
    tamper(what)
    ten_minutes.refresh_from_db()
    unseen = what == LIVED_LONGER and ten_minutes.state == "live"
    assert services.explain(ten_minutes).agrees == unseen
    if not unseen:
        with pytest.raises(CommandError, match="something else") as error:
            said(ten_minutes)
        assert error.value.returncode == 1


def test_an_unknown_number_is_said_to_be_unknown():
    with pytest.raises(CommandError, match="no booking"):
        call_command("explain_booking", "AAAA-AAAA")
