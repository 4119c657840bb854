"""The proof of the books says what is wrong, and nothing when nothing is."""

from contextlib import nullcontext
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings import services as bookings
from bookings.models import Booking, State
from payments import services
from payments.errors import WrongCurrency
from payments.gateway import provider
from payments.gateway.values import RefundState
from payments.models import AccountKind, Payment, Refund, TransferKind
from payments.services.books import check_books, clearing_balance
from payments.services.ledger import Posting, of_user, post
from payments.services.refunds import apply_refund
from payments.signals import books_checked
from tests.orders import accepted, live, requested, settle
from tests.payments.paying import paid
from tests.stand_in import StandIn

PENDING_REFUND_CARD = "4000000000007726"


def problems() -> list[str]:
    return check_books(with_stripe=False)


def settled(client, listing) -> Booking:
    booking = live(client, listing)
    bookings.end(booking=booking, by=client)
    return settle(booking)


def pay_without_a_trace(booking: Booking, amount: int) -> None:
    payment = services.open_payment(payer=booking.client, ref=booking.pk, amount=amount, description="再聊")
    clearing, prepay = (of_user(kind, booking.client_id) for kind in (AccountKind.STRIPE_CLEARING, AccountKind.PREPAY))
    post(booking.pk, Posting(TransferKind.PAYMENT, clearing, prepay, amount, payment.seq))
    Payment.objects.filter(pk=payment.pk).update(
        status="succeeded", charge_id="ch_lost", succeeded_at=payment.created_at
    )


@pytest.mark.django_db(transaction=True)
def test_a_refund_on_its_way_is_no_difference(stand_in: StandIn, payment):
    paid(stand_in, payment, card=PENDING_REFUND_CARD)
    [refund] = services.refund_unused(ref=payment.ref)
    assert services.send_refund(refund_id=refund.pk).status == "pending"
    assert check_books() == []
    stand_in.control(f"refunds/{Refund.objects.get().stripe_id}/succeed")
    assert services.sync_refund(refund=Refund.objects.get()).status == "succeeded"
    assert check_books() == []


@pytest.mark.django_db
def test_what_stripe_paid_out_is_still_what_it_took_for_us(stripe_saying):
    def entry(kind: str, net: int) -> dict:
        source = {"object": "charge", "id": f"ch_{kind}", "metadata": {"ref": str(uuid4())}}
        lines = {"amount": net, "fee": 0, "net": net, "source": source, "created": 1, "currency": "cny"}
        return {"object": "balance_transaction", "id": f"txn_{kind}", "type": kind, **lines}

    entries = [entry("charge", 966), entry("payout", -900), entry("payout_failure", 400), entry("refund", -100)]
    listing = {"object": "list", "url": "/v1/balance_transactions", "has_more": False, "data": entries}
    with stripe_saying(200, listing):
        assert clearing_balance() == 866


@pytest.mark.django_db
def test_money_of_ours_in_another_currency_is_booked_by_nobody(stripe_saying):
    def told(**marks: str) -> dict:
        line = {"object": "balance_transaction", "id": "txn_1", "type": "charge", "net": 966, "amount": 1000, "fee": 34}
        line |= {"source": {"object": "charge", "id": "ch_1", "metadata": marks}, "created": 1, "currency": "sgd"}
        return {"object": "list", "url": "/v1/balance_transactions", "has_more": False, "data": [line]}

    with stripe_saying(200, told(ref=str(uuid4()))), pytest.raises(WrongCurrency, match="txn_1 was settled in sgd"):
        clearing_balance()
    # Others may sell through the same account.
    with stripe_saying(200, told()):
        assert clearing_balance() == 0


@pytest.mark.django_db
def test_what_stripe_bills_in_another_currency_stops_nothing(stripe_saying):
    line = {"object": "balance_transaction", "id": "txn_1", "type": "tax_fee", "net": -50, "amount": -50, "fee": 0}
    line |= {"source": None, "created": 1, "currency": "usd"}
    listing = {"object": "list", "url": "/v1/balance_transactions", "has_more": False, "data": [line]}
    with stripe_saying(200, listing):
        assert clearing_balance() == 0


@pytest.mark.parametrize(("currency", "is_ours"), [("usd", False), ("cny", True)])
def test_a_dispute_over_what_another_sold_may_be_in_another_currency(stripe_saying, currency, is_ours):
    line = {"object": "balance_transaction", "id": "txn_1", "type": "adjustment", "net": -9, "amount": -9, "fee": 0}
    line |= {"source": "du_1", "created": 1, "currency": "usd"}
    dispute = {"object": "dispute", "id": "du_1", "charge": "ch_1", "payment_intent": "pi_1", "amount": 9}
    dispute |= {"reason": "fraudulent", "status": "lost", "currency": currency, "balance_transactions": [line]}
    dispute |= {"evidence_details": {"due_by": None, "submission_count": 0}}
    refused = pytest.raises(WrongCurrency) if is_ours else nullcontext()
    with stripe_saying(200, dispute), refused:
        [entry] = provider().retrieve_dispute("du_1").entries
        assert not entry.ours


@pytest.mark.django_db
@pytest.mark.parametrize("state", [State.EXPIRED, State.DECLINED, State.CANCELLED])
def test_a_closed_order_that_kept_its_money_is_found(client_user, listing, state):
    booking = requested(client_user, listing)
    assert problems() == []
    ended = {"cancelled_by": client_user, "kept_fen": 0} if state == State.CANCELLED else {}
    Booking.objects.filter(pk=booking.pk).update(state=state, due_ms=None, **ended)
    [line] = problems()
    assert booking.code in line and "1000 fen" in line


@pytest.mark.django_db
def test_an_order_nobody_came_to_that_still_holds_money_is_found(client_user, listing):
    booking = accepted(client_user, listing)
    Booking.objects.filter(pk=booking.pk).update(state=State.NO_SHOW, due_ms=None, kept_fen=0)
    [line] = problems()
    assert f"1000 fen in hold:{booking.pk}" in line


@pytest.mark.django_db
def test_a_failed_refund_excuses_no_other_money(client_user, listing):
    booking = settled(client_user, listing)
    assert problems() == []
    refund = Refund.objects.get()
    apply_refund(refund_id=refund.pk, state=RefundState(None, "failed", refund.amount, "lost_card"))
    [line] = problems()
    assert "a refund failed" in line
    pay_without_a_trace(booking, 500)
    [line] = problems()
    assert f"{refund.amount + 500} fen" in line and "went nowhere" in line


@pytest.mark.django_db(transaction=True)
def test_everything_is_read_at_one_moment():
    seen: list[str] = []

    def look(**_: object) -> None:
        with connection.cursor() as cursor:
            for name in ("transaction_isolation", "transaction_read_only"):
                cursor.execute(f"SHOW {name}")
                seen.extend(cursor.fetchone())

    books_checked.connect(look)
    try:
        problems()
    finally:
        books_checked.disconnect(look)
    assert seen == ["repeatable read", "on"]


@pytest.mark.django_db
def test_more_bookings_are_not_more_queries(client_user, other_client, listing, other_listing):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert problems() == []
        return len(captured)

    settled(client_user, listing)
    one = queries()
    settled(other_client, other_listing)
    assert queries() == one
