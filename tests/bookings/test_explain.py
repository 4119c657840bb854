"""Support staff ask for one bill: it is told again from its stretches, and held against the ledger."""

from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.utils.timezone import localtime

from bookings import services
from bookings.errors import WrongCode
from bookings.models import Booking
from common.clock import database_now_ms, moment
from listings.models import Listing
from tests.cast import a_week
from tests.orders import (
    MINUTE,
    appointed,
    live,
    on_the_half_hour,
    ordered,
    past_the_triggers,
    pay_on_top,
    requested,
    settle,
    speak,
)
from tests.visits import START, a_place, another, code, near

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


@pytest.fixture
def visit() -> Listing:
    return a_place("沈阿姨")


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


def sums(text: str, of: str) -> list[list[str]]:
    """The two sums, and a verdict if there is one, of each line that begins so."""
    return [line[52:].split() for line in text.splitlines() if line.startswith(of)]


def test_a_late_cancelling_says_who_when_and_by_which_rule(client_user, listing, said):
    a_week(listing.companion)
    booking = appointed(client_user, listing, starts_at=on_the_half_hour(3))
    services.cancel(booking=booking, by=client_user)
    booking.refresh_from_db()
    text = said(booking)
    when = localtime(moment(booking.steps.get(state="cancelled").at_ms))
    assert f"cancelled {when:%Y-%m-%d %H:%M:%S}" in text and " by the client\n" in text
    assert f"listener, for {localtime(moment(booking.starts_ms)):%Y-%m-%d %H:%M}" in text
    assert "rule scheduled_late_cancel: 80% comes back, ¥8; ¥2 is kept for the companion\n" in text
    assert sums(text, "kept: scheduled_late_cancel, 20%") == [["¥2", "¥2"]]
    assert sums(text, "back to payment 1 by visa") == [["¥8", "¥8"]]


def test_a_missed_visit_says_who_did_not_come(client_user, visit, said):
    booking = near(client_user, visit, minutes=-20)
    came = booking.starts_ms + MINUTE
    Booking.objects.filter(pk=booking.pk).update(came_ms=came)
    services.run_due()
    booking.refresh_from_db()
    text = said(booking)
    assert "missed by the client\n" in text
    assert f"the companion came: {localtime(moment(came)):%Y-%m-%d %H:%M:%S}" in text
    assert "the client came: not said\n" in text
    assert "rule client_no_show: 50% comes back" in text


def test_before_an_acceptance_all_of_it_comes_back(client_user, listing, said):
    booking = requested(client_user, listing)
    services.cancel(booking=booking, by=client_user)
    booking.refresh_from_db()
    text = said(booking)
    assert "rule before_acceptance: nobody had accepted, 100% of what was paid comes back\n" in text
    assert sums(text, "back to payment 1") == sums(text, "on its way back") == [["¥10", "¥10"]]


def test_nobody_accepted_in_time(client_user, listing, said):
    booking = requested(client_user, listing)
    services.run_due(now_ms=booking.due_ms + 1)
    booking.refresh_from_db()
    assert booking.state == "expired"
    assert "nobody had accepted, 100% of what was paid comes back" in said(booking)


def test_it_names_the_two_and_the_time_zone(running, said):
    text = said(running)
    assert "all times are Asia/Shanghai\n" in text
    assert f"client {running.client.display_name} (user {running.client_id}), companion " in text


def test_each_payment_has_its_own_way_back(running, said):
    pay_on_top(services.extend(booking=running, by=running.client, minutes=30, request_key=uuid4()))
    services.end(booking=running, by=running.client)
    settle(running)
    assert sums(said(running), "back to payment ") == [["¥10", "¥10"], ["¥10", "¥10"]]


def test_time_that_made_room_for_the_next_is_told_from_time_nobody_wanted(running, said):
    for minutes in (30, 60):
        services.extend(booking=running, by=running.client, minutes=minutes, request_key=uuid4())
    first, second = running.extensions.order_by("pk")
    assert f"+30 min for ¥10: dropped {clock(first.decided_ms)}: the next one took its place\n" in said(running)
    services.drop_extension(extension=second, by=running.client)
    second.refresh_from_db()
    declined = f"dropped {clock(second.decided_ms)}: declined, or the order ended before it was paid\n"
    assert declined in said(running)


def clock(ms: int) -> str:
    return f"{localtime(moment(ms)):%Y-%m-%d %H:%M:%S}.{ms % 1000:03d}"


def test_what_is_not_charged_yet_is_told(ten_minutes, said):
    told = "charged so far are 9 of them: the meter charges 45 s later, the rest at the end\n"
    assert (told in said(ten_minutes)) == (ten_minutes.state != "settled")


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


def test_what_should_have_been_settled_long_ago_is_said(running, said):
    services.end(booking=running, by=running.client)
    assert "due " not in said(running)
    Booking.objects.filter(pk=running.pk).update(due_ms=database_now_ms() - 61 * MINUTE)
    assert "ended, due 61 min ago and not settled\n" in said(running)


def test_a_code_that_came_late_is_told_with_what_her_phone_said(client_user, visit, said):
    booking = near(client_user, visit, minutes=-5)
    entry = {"booking": booking, "purpose": START, "by": booking.companion, "age_ms": 125_000}
    with pytest.raises(WrongCode):
        services.enter_code(**entry, digits=another(code(booking)), request_key=uuid4())
    services.enter_code(**entry, digits=code(booking), request_key=uuid4())
    told = said(booking)
    for outcome in ("wrong_code", "the right one"):
        assert f"typed 2:05.000 earlier by the companion's phone: {outcome}\n" in told
