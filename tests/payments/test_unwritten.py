"""What is tried again and again and does not come about is named by the proof of the books, after a while."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from unittest import mock

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from bookings import services as bookings
from bookings.models import Booking, Timer
from common.clock import database_now_ms
from payments import services
from payments.models import Account, Payment, StripeEvent
from payments.services import settling
from payments.services.books import LONG, check_books
from tests.orders import live, ordered, requested, settle
from tests.payments.paying import checkout
from tests.waiting import until

JUST_NOW, TOO_LONG = LONG - timedelta(minutes=1), LONG + timedelta(minutes=1)


@contextmanager
def nothing_is_written_down() -> Iterator[None]:
    with mock.patch.object(settling, "lock_payers", side_effect=Account.DoesNotExist("no such account")):
        yield


def problems() -> list[str]:
    return check_books(with_stripe=False)


def work() -> None:
    for event in StripeEvent.objects.filter(processed_at=None):
        with suppress(Account.DoesNotExist):
            services.apply_event(event_id=event.pk)


@pytest.fixture
def told(stand_in, payment, live_server) -> Payment:
    """Stripe took the money and has said so; it cannot be written down."""
    stand_in.listen(live_server.url)
    stand_in.pay(checkout(payment))
    types = {"checkout.session.completed", "payment_intent.succeeded"}
    until(lambda: types <= set(StripeEvent.objects.values_list("type", flat=True)), what="the webhooks")
    with nothing_is_written_down():
        work()
    return payment


def waited(by: timedelta) -> None:
    StripeEvent.objects.update(received_at=F("received_at") - by)


@pytest.mark.django_db(transaction=True)
class TestMoneyThatStripeTook:
    def test_it_is_named_while_an_event_about_it_fails(self, told):
        waited(JUST_NOW)
        assert problems() == []
        waited(timedelta(minutes=2))
        [line] = problems()
        assert str(told) in line
        assert "amount 1000" in line and "says it was paid" in line and "no such account" in line

    def test_once_it_is_written_down_it_is_named_no_more(self, told):
        waited(TOO_LONG)
        work()
        assert problems() == []
        assert Payment.objects.get().status == "succeeded"

    def test_so_is_what_a_saved_card_was_charged(self, payment):
        charge = {"object": "payment_intent", "id": "pi_1", "status": "succeeded", "metadata": payment.marks}
        StripeEvent.objects.create(id="evt_1", type="payment_intent.succeeded", payload={"data": {"object": charge}})
        waited(TOO_LONG)
        [line] = problems()
        assert str(payment) in line

    def test_it_is_told_by_the_event_that_was_tried(self, told):
        subject = {"object": "checkout.session", "payment_status": "paid", "metadata": told.marks}
        StripeEvent.objects.create(id="evt_new", type="x", payload={"data": {"object": subject}})
        waited(TOO_LONG)
        [line] = problems()
        assert "no such account" in line

    @pytest.mark.books_differ("nothing of it is written down")
    def test_also_when_it_is_known_by_its_marks_alone(self, told):
        Payment.objects.update(session_id=None)
        waited(TOO_LONG)
        [line] = problems()
        assert str(told) in line

    @pytest.mark.parametrize(
        "subject",
        [
            {},
            {"object": "checkout.session", "id": "cs_other", "payment_status": "paid"},
            {"object": "checkout.session", "id": "cs_open", "payment_status": "unpaid"},
            {"object": "payment_intent", "id": "pi_other", "status": "succeeded"},
        ],
    )
    def test_what_is_not_ours_or_not_paid_is_not_named(self, payment, subject):
        Payment.objects.update(session_id="cs_open")
        StripeEvent.objects.create(id="evt_1", type="x", payload={"data": {"object": subject}})
        waited(TOO_LONG)
        assert [line for line in problems() if "says it was paid" in line] == []


@pytest.mark.django_db
class TestASessionThatIsOver:
    @pytest.fixture
    def over(self, payment) -> Payment:
        """It ended a minute less than long ago."""
        ended = payment.created_at - JUST_NOW
        Payment.objects.update(session_id="cs_1", expires_s=int(ended.timestamp()), created_at=ended - LONG)
        return payment

    def test_it_is_named_when_nobody_learns_how_it_ended(self, over):
        assert problems() == []
        Payment.objects.update(expires_s=F("expires_s") - 120)
        [line] = problems()
        assert str(over) in line and "nobody knows if it was paid" in line

    def test_it_is_named_once(self, over):
        Payment.objects.update(expires_s=F("expires_s") - 120)
        paid = {"object": "checkout.session", "id": "cs_1", "payment_status": "paid"}
        StripeEvent.objects.create(id="evt_1", type="x", payload={"data": {"object": paid}})
        waited(TOO_LONG)
        [line] = problems()
        assert "says it was paid" in line

    def test_what_nobody_was_shown_a_way_to_pay_is_not_named(self, over):
        Payment.objects.update(expires_s=0, session_id=None)
        assert problems() == []


@pytest.mark.django_db
class TestAnOrderThatIsOverdue:
    def test_it_is_named_until_it_is_settled(self, client_user, listing):
        booking = live(client_user, listing)
        bookings.end(booking=booking, by=client_user)
        overdue(booking, JUST_NOW)
        assert problems() == []
        overdue(booking, TOO_LONG)
        assert problems() == [f"booking {booking.code}: ended, due 61 min ago and not settled"]
        settle(booking)
        assert problems() == []

    @pytest.mark.parametrize("begin", [ordered, requested])
    def test_so_is_one_that_should_have_expired(self, client_user, listing, begin):
        booking = begin(client_user, listing)
        overdue(booking, TOO_LONG)
        assert problems() == [f"booking {booking.code}: {booking.state}, due 61 min ago and not moved on"]
        settle(booking)
        assert problems() == []

    def test_so_is_one_whose_clock_cannot_be_stopped(self, client_user, listing):
        """By its own word: its timer is moved with each attempt."""
        booking = live(client_user, listing)
        overdue(booking, TOO_LONG)
        Timer.objects.filter(booking=booking).update(due_ms=database_now_ms() + 60_000)
        assert problems() == [f"booking {booking.code}: live, due 61 min ago and not metered"]

    def test_more_of_them_are_not_more_queries(self, client_user, other_client, listing, other_listing):
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                problems()
            return len(captured)

        none = queries()
        for pair in ((client_user, listing), (other_client, other_listing)):
            overdue(requested(*pair), TOO_LONG)
        assert (queries(), len(problems())) == (none, 2)


def overdue(booking: Booking, by: timedelta) -> None:
    Booking.objects.filter(pk=booking.pk).update(due_ms=database_now_ms() - by // timedelta(milliseconds=1))
