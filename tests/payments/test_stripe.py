"""Prepaying and refunding through the real SDK over real HTTP against the stand-in; webhooks come over HTTP too."""

import pytest
import stripe
from django.urls import reverse

from payments import services, tasks
from payments.errors import PaymentClosed, ProviderUnavailable
from payments.gateway import provider
from payments.models import Payment, Refund, StripeEvent
from payments.services.books import check_books
from tests.payments.paying import checkout, paid
from tests.stand_in import DECLINED_CARD
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


def work() -> None:
    """What the worker does with whatever is waiting."""
    for event in StripeEvent.objects.filter(processed_at=None):
        services.apply_event(event_id=event.pk)
    for refund in Refund.objects.filter(status="requested"):
        services.send_refund(refund_id=refund.pk)


def test_the_return_page_alone_is_enough(stand_in, payment):
    payment = paid(stand_in, payment)
    assert (payment.status, payment.method) == ("succeeded", "visa •••• 4242")
    assert check_books() == []


def test_the_webhook_alone_is_enough(stand_in, payment, live_server):
    stand_in.listen(live_server.url)
    stand_in.pay(checkout(payment))
    until(lambda: StripeEvent.objects.filter(type="checkout.session.completed").exists(), what="the webhook")
    work()
    payment.refresh_from_db()
    assert payment.status == "succeeded"
    assert check_books() == []


def test_webhook_and_return_page_in_any_order_are_one_payment(stand_in, payment, live_server):
    stand_in.listen(live_server.url)
    stand_in.control("webhooks", mode="doubled")
    payment = paid(stand_in, payment)
    until(lambda: StripeEvent.objects.filter(type="checkout.session.completed").exists(), what="the webhook")
    work()
    work()
    services.sync_payment(payment=payment)
    assert services.prepaid_for(ref=payment.ref, payer_id=payment.payer_id) == 1000
    assert check_books() == []


def test_two_clicks_get_one_session(stand_in, payment):
    first = checkout(payment)
    assert checkout(Payment.objects.get(pk=payment.pk)) == first
    # A click that read the row before the first one wrote its session down asks Stripe again, under the same key.
    payment.session_id = None
    assert checkout(payment) == first


def test_a_declined_card_is_told_and_can_be_tried_again(stand_in, payment, live_server):
    stand_in.listen(live_server.url)
    url = checkout(payment)
    stand_in.pay(url, card=DECLINED_CARD)
    until(lambda: StripeEvent.objects.filter(type="payment_intent.payment_failed").exists(), what="the webhook")
    work()
    payment.refresh_from_db()
    assert (payment.status, payment.last_decline) == ("open", "generic_decline")
    assert checkout(payment) == url
    assert paid(stand_in, payment).status == "succeeded"


def test_a_forged_webhook_is_refused_and_not_stored(client, stand_in):
    answer = client.post(
        reverse("payments:webhook"), b"{}", "application/json", headers={"Stripe-Signature": "t=1,v1=0"}
    )
    assert answer.status_code == 400
    assert not StripeEvent.objects.exists()


def test_an_unknown_event_is_stored_and_ignored(stand_in, payment, live_server):
    stand_in.listen(live_server.url)
    stand_in.api.post("/v1/customers", data={"name": "Lin"})
    stand_in.pay(checkout(payment))
    until(lambda: StripeEvent.objects.filter(type="charge.succeeded").exists(), what="the webhook")
    work()
    assert StripeEvent.objects.get(type="charge.succeeded").processed_at


def test_unused_money_goes_back_over_its_payment_once(stand_in, payment):
    payment = paid(stand_in, payment)
    services.refund_unused(ref=payment.ref)
    assert services.refund_unused(ref=payment.ref) == []
    work()
    work()
    assert [(refund["amount"], refund["status"]) for refund in stand_in.refunds()] == [(1000, "succeeded")]
    assert Refund.objects.get().status == "succeeded"
    assert check_books() == []


def test_refunds_take_the_newest_payment_first(stand_in, payment, stranger):
    first = paid(stand_in, payment)
    topup = services.open_payment(payer=payment.payer, ref=payment.ref, amount=500, description="再聊")
    paid(stand_in, topup)
    services.open_order(ref=payment.ref, companion_id=stranger.pk)
    services.hold(ref=payment.ref, payer_id=payment.payer_id, amount=900, seq=0)
    services.refund_unused(ref=payment.ref)
    assert list(Refund.objects.values_list("payment__seq", "amount").order_by("seq")) == [(2, 500), (1, 100)]
    first.refresh_from_db()
    assert first.refunded == 100


def test_a_time_out_after_stripe_acted_is_still_one_refund(stand_in, payment):
    payment = paid(stand_in, payment)
    [refund] = services.refund_unused(ref=payment.ref)
    stand_in.control("faults", path="/v1/refunds", method="POST", kind="drop", times=3)
    with pytest.raises(ProviderUnavailable):
        services.send_refund(refund_id=refund.pk)
    assert services.send_refund(refund_id=refund.pk).status == "succeeded"
    assert len(stand_in.refunds()) == 1


@pytest.mark.books_differ("it was sent back past us")
def test_a_refund_stripe_refuses_has_failed_and_the_money_stays_the_payers(stand_in, payment):
    payment = paid(stand_in, payment)
    stand_in.api.post("/v1/refunds", data={"payment_intent": payment.payment_intent_id}).raise_for_status()
    [refund] = services.refund_unused(ref=payment.ref)
    refund = services.send_refund(refund_id=refund.pk)
    assert (refund.status, refund.failure_reason) == ("failed", "charge_already_refunded")
    assert services.prepaid_for(ref=payment.ref, payer_id=payment.payer_id) == 1000
    assert check_books(with_stripe=False) == []


def test_a_worker_that_lost_the_task_catches_up(stand_in, payment, monkeypatch):
    payment = paid(stand_in, payment)
    services.refund_unused(ref=payment.ref)
    monkeypatch.setattr(tasks, "SETTLING_TIME", tasks.SETTLING_TIME * 0)
    tasks.catch_up()
    assert Refund.objects.get().status == "succeeded"


def test_stripe_not_answering_loses_nothing(stand_in, payment):
    stand_in.control("faults", path="/v1/checkout/sessions", kind="error", times=3)
    with pytest.raises(ProviderUnavailable):
        checkout(payment)
    payment.refresh_from_db()
    assert payment.status == "open"
    assert checkout(payment)


def test_a_closed_payment_is_not_offered_again(stand_in, payment):
    payment = paid(stand_in, payment)
    with pytest.raises(PaymentClosed):
        checkout(payment)


def test_abandoning_loses_to_a_payment(stand_in, payment):
    stand_in.pay(checkout(payment))
    payment.refresh_from_db()
    assert services.close_checkout(payment=payment).status == "succeeded"


def test_what_is_sent_is_held_to_what_the_sdk_declares(stand_in, payment, checked_http):
    paid(stand_in, payment)
    assert checked_http == []
    with pytest.raises(stripe.InvalidRequestError):
        provider().v1.customers.create({"colour": "red"})
    assert checked_http == ["POST /v1/customers: colour: not declared"]
    checked_http.clear()
