"""Refunds that could not be made: later by themselves, or again because somebody asked."""

from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from bookings import services as bookings
from payments import services, tasks
from payments.errors import ProviderUnavailable
from payments.gateway.values import RefundState
from payments.models import Refund
from payments.services.books import check_books
from payments.services.refunds import apply_refund
from tests.orders import ordered
from tests.payments.paying import paid

pytestmark = pytest.mark.django_db(transaction=True)


def refused(code: str) -> dict:
    return {"error": {"type": "invalid_request_error", "code": code, "message": "Refused."}}


@pytest.fixture
def booking(stand_in, client_user, listing):
    """Paid and cancelled; the refund is requested, and Stripe not yet asked."""
    booking = ordered(client_user, listing)
    paid(stand_in, bookings.payment_of(booking))
    booking.refresh_from_db()
    return bookings.cancel(booking=booking, by=client_user)


def fail(refund: Refund) -> None:
    apply_refund(refund_id=refund.pk, state=RefundState(refund.stripe_id, "failed", refund.amount, "lost_card"))


@pytest.mark.parametrize("code", ["balance_insufficient", "insufficient_funds"])
def test_too_little_on_stripes_balance_is_not_the_end(booking, stand_in, stripe_saying, at_once, code):
    refund = Refund.objects.get()
    with stripe_saying(400, refused(code)), pytest.raises(ProviderUnavailable):
        services.send_refund(refund_id=refund.pk)
    key = refund.idempotency_key
    refund.refresh_from_db()
    # Stripe keeps its answer to a key for a day, a refusal too.
    assert (refund.status, refund.idempotency_key != key) == ("requested", True)
    tasks.catch_up()
    assert Refund.objects.get().status == "succeeded"
    assert len(stand_in.refunds()) == 1


@pytest.mark.books_differ("the refund that failed is named")
def test_any_other_refusal_is_final(booking, stripe_saying):
    with stripe_saying(400, refused("charge_disputed")):
        assert services.send_refund(refund_id=Refund.objects.get().pk).status == "failed"


@pytest.mark.books_differ("the refund has failed")
def test_so_is_that_it_is_not_allowed(booking, stripe_saying):
    """Stripe tells the code of a refusal of this kind only within."""
    with stripe_saying(403, refused("account_invalid")):
        refund = services.send_refund(refund_id=Refund.objects.get().pk)
    assert (refund.status, refund.failure_reason) == ("failed", "account_invalid")


def test_a_refund_that_failed_is_named_and_can_be_asked_for_again(booking, stand_in, at_once):
    fail(Refund.objects.get())
    [line] = check_books(with_stripe=False)
    assert f"refund_again {booking.pk}" in line
    said = StringIO()
    call_command("refund_again", str(booking.pk), stdout=said)
    assert "¥10 asked for again" in said.getvalue()
    tasks.catch_up()
    assert list(Refund.objects.order_by("seq").values_list("status", flat=True)) == ["failed", "succeeded"]
    assert check_books() == []


def test_there_is_nothing_to_ask_for_twice(booking, stand_in):
    fail(Refund.objects.get())
    call_command("refund_again", str(booking.pk), stdout=StringIO())
    with pytest.raises(CommandError, match="Nothing"):
        call_command("refund_again", str(booking.pk))


def test_the_money_of_an_order_that_goes_on_is_not_sent_back(stand_in, client_user, listing):
    booking = ordered(client_user, listing)
    paid(stand_in, bookings.payment_of(booking))
    with pytest.raises(CommandError, match="Nothing"):
        call_command("refund_again", str(booking.pk))
    assert not Refund.objects.exists()


def test_an_unknown_reference_is_said_to_be_one(db):
    with pytest.raises(CommandError, match="Nothing"):
        call_command("refund_again", str(uuid4()))
