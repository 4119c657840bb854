"""A saved card whose bank wants to know who pays: the payer goes there, and comes back or does not."""

import time
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest

from payments import services, tasks
from payments.models import Payment, SavedCard, StripeEvent
from payments.services import ways
from payments.services.books import check_books
from tests.payments.paying import RETURN_URL, another, charge, charges, checkout, intents, paid
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)
ALWAYS, UNTIL_SET_UP = "4000002760003184", "4000002500003155"


def kept(stand_in, payment: Payment, number: str) -> SavedCard:
    """The card, after the first payment with it on the hosted page."""
    stand_in.prove(stand_in.pay(checkout(payment), card=number).headers["location"])
    payment.refresh_from_db()
    assert services.sync_payment(payment=payment).status == "succeeded"
    return services.saved_cards(user=payment.payer)[0]


@pytest.fixture
def card(stand_in, payment) -> SavedCard:
    return kept(stand_in, payment, ALWAYS)


@pytest.fixture
def more(payment) -> Payment:
    return another(payment)


def now(payment: Payment) -> Payment:
    return Payment.objects.get(pk=payment.pk)


def work() -> None:
    """What the worker does with whatever webhooks are waiting."""
    for event in StripeEvent.objects.filter(processed_at=None):
        services.apply_event(event_id=event.pk)


def test_the_payer_proves_it_and_comes_back_paid(stand_in, card, more):
    answer = charge(more, card)
    assert (answer.status, now(more).status, charges(stand_in, 500)) == ("requires_action", "open", [])
    back = stand_in.prove(answer.redirect_url).headers["location"]
    asked = parse_qs(urlsplit(back).query)
    assert back.startswith(RETURN_URL)
    assert (asked["order"], asked["redirect_status"]) == (["1"], ["succeeded"])
    assert asked["payment_intent"] == [now(more).payment_intent_id]
    assert services.sync_payment(payment=more).status == "succeeded"
    assert check_books() == []


def test_a_card_set_up_for_later_is_charged_without_asking_again(stand_in, payment, more):
    assert charge(more, kept(stand_in, payment, UNTIL_SET_UP)).status == "succeeded"


def test_a_payer_who_fails_is_not_charged_and_may_pay_otherwise(stand_in, card, more):
    back = stand_in.prove(charge(more, card).redirect_url, "fail").headers["location"]
    assert "redirect_status=failed" in back
    after = services.sync_payment(payment=more)
    assert (after.status, after.last_decline) == ("open", "payment_intent_authentication_failure")
    assert charges(stand_in, 500) == []
    assert paid(stand_in, more).status == "succeeded"


def test_after_a_failure_the_same_card_is_asked_about_anew(stand_in, card, more):
    first = charge(more, card)
    stand_in.prove(first.redirect_url, "fail")
    second = charge(more, card)
    assert (second.status, second.redirect_url == first.redirect_url) == ("requires_action", False)
    stand_in.prove(second.redirect_url)
    assert services.sync_payment(payment=more).status == "succeeded"
    assert len(charges(stand_in, 500)) == 1


def test_a_second_click_while_the_bank_asks_leads_to_the_same_page(stand_in, card, more):
    assert charge(more, card) == charge(more, card)
    assert len(intents(stand_in, 500)) == 1


def test_a_click_after_it_was_proved_finds_it_paid(stand_in, card, more):
    stand_in.prove(charge(more, card).redirect_url)
    assert charge(more, card).status == "succeeded"
    assert len(charges(stand_in, 500)) == 1


def test_who_turns_to_checkout_instead_cannot_prove_it_any_more(stand_in, card, more):
    bank = charge(more, card).redirect_url
    url = checkout(more)
    stand_in.prove(bank)
    assert charges(stand_in, 500) == []
    assert stand_in.pay(url).status_code == 303
    assert len(charges(stand_in, 500)) == 1


def test_who_proved_it_and_then_turns_to_checkout_has_paid(stand_in, card, more):
    stand_in.prove(charge(more, card).redirect_url)
    assert checkout(more) == "http://test/ok/"
    assert now(more).status == "succeeded"


def test_an_abandoned_orders_charge_is_cancelled_though_its_task_was_lost(stand_in, card, more, at_once):
    bank = charge(more, card).redirect_url
    services.abandon(ref=more.ref)
    assert now(more).status == "open"
    tasks.catch_up()
    assert now(more).status == "expired"
    stand_in.prove(bank)
    assert [intent["status"] for intent in intents(stand_in, 500)] == ["canceled"]
    assert charges(stand_in, 500) == []


def test_without_cancelling_an_abandoned_order_can_still_be_paid(stand_in, card, more):
    """The negative control."""
    bank = charge(more, card).redirect_url
    services.abandon(ref=more.ref)
    stand_in.prove(bank)
    assert len(charges(stand_in, 500)) == 1


def test_a_success_that_won_against_abandoning_is_applied(stand_in, card, more):
    stand_in.prove(charge(more, card).redirect_url)
    services.abandon(ref=more.ref)
    assert services.close_checkout(payment=now(more)).status == "succeeded"
    assert check_books() == []


def test_a_payer_who_never_comes_back_keeps_nothing_open(stand_in, card, more, monkeypatch):
    bank = charge(more, card).redirect_url
    services.sync_payment(payment=more)
    assert now(more).status == "open"
    monkeypatch.setattr(ways, "time", SimpleNamespace(time=lambda: time.time() + 3600))
    services.sync_payment(payment=more)
    assert now(more).status == "expired"
    stand_in.prove(bank)
    assert charges(stand_in, 500) == []


@pytest.mark.parametrize("mode", ["normal", "doubled"])
def test_the_webhook_alone_is_enough_and_twice_is_once(stand_in, card, more, live_server, settled, mode):
    stand_in.listen(live_server.url)
    stand_in.control("webhooks", mode=mode)
    stand_in.prove(charge(more, card).redirect_url)
    until(lambda: StripeEvent.objects.filter(type="payment_intent.succeeded").exists(), what="the webhook")
    work()
    work()
    assert (now(more).status, settled) == ("succeeded", [more.pk])
    assert check_books() == []


def test_without_a_webhook_the_round_finds_out(stand_in, card, more, live_server, monkeypatch):
    stand_in.listen(live_server.url)
    stand_in.control("webhooks", mode="dropped")
    stand_in.prove(charge(more, card).redirect_url)
    monkeypatch.setattr(tasks, "QUIET_PAYMENT", tasks.QUIET_PAYMENT * 0)
    tasks.ask_stripe()
    assert now(more).status == "succeeded"
    assert not StripeEvent.objects.exists()


def test_a_failure_and_a_cancelling_are_told_by_webhook(stand_in, card, more, live_server):
    stand_in.listen(live_server.url)
    stand_in.prove(charge(more, card).redirect_url, "fail")
    until(lambda: StripeEvent.objects.filter(type="payment_intent.payment_failed").exists(), what="the webhook")
    work()
    assert now(more).last_decline == "payment_intent_authentication_failure"
    stand_in.api.post(f"/v1/payment_intents/{now(more).payment_intent_id}/cancel").raise_for_status()
    until(lambda: StripeEvent.objects.filter(type="payment_intent.canceled").exists(), what="the webhook")
    work()
    assert now(more).status == "expired"


def test_a_charge_that_an_older_copy_of_the_database_does_not_know_is_found_by_its_marks(
    stand_in, card, more, live_server
):
    stand_in.listen(live_server.url)
    charge_url = charge(more, card).redirect_url
    Payment.objects.filter(pk=more.pk).update(card=None, payment_intent_id=None, attempt=0, unsure_since=None)
    stand_in.prove(charge_url)
    until(lambda: StripeEvent.objects.filter(type="payment_intent.succeeded").exists(), what="the webhook")
    work()
    assert now(more).status == "succeeded"
    assert check_books() == []


def test_late_word_of_a_charge_that_was_given_up_changes_nothing(stand_in, card, more, live_server):
    stand_in.listen(live_server.url)
    stand_in.prove(charge(more, card).redirect_url, "fail")
    url = checkout(more)
    until(lambda: StripeEvent.objects.filter(type="payment_intent.canceled").exists(), what="the webhook")
    work()
    assert (now(more).status, now(more).session_url) == ("open", url)
    assert now(more).last_decline == ""


def test_late_word_of_an_expired_session_does_not_close_the_charge(stand_in, card, more, live_server):
    stand_in.listen(live_server.url)
    checkout(more)
    bank = charge(more, card).redirect_url
    until(lambda: StripeEvent.objects.filter(type="checkout.session.expired").exists(), what="the webhook")
    work()
    assert now(more).status == "open"
    stand_in.prove(bank)
    assert services.sync_payment(payment=more).status == "succeeded"
