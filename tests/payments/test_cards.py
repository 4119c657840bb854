"""One customer a payer, and the cards that stay with them: kept by paying, shown, forgotten."""

from uuid import uuid4

import pytest

from payments import services, tasks
from payments.errors import ProviderUnavailable
from payments.gateway import provider
from payments.models import Payment, SavedCard, StripeCustomer
from payments.services.customers import customer_of
from tests.payments.paying import another, checkout, kept_at_stripe, paid
from tests.stand_in import DECLINED_CARD
from tests.threads import at_once as together
from tests.threads import failures

pytestmark = pytest.mark.django_db(transaction=True)
MASTERCARD = "5555555555554444"


def customers(stand_in) -> list[dict]:
    return stand_in.api.get("/v1/customers").json()["data"]


def test_a_payer_is_one_customer_however_often_they_pay(stand_in, payment):
    paid(stand_in, payment)
    paid(stand_in, another(payment))
    [customer] = customers(stand_in)
    assert (customer["email"], customer["id"]) == (payment.payer.email, StripeCustomer.objects.get().stripe_id)


def test_two_first_clicks_at_once_make_one_customer(stand_in, client_user):
    found = together(*[lambda: customer_of(user=client_user)] * 4)
    assert failures(found) == []
    assert [customer["id"] for customer in customers(stand_in)] == list(set(found))


def test_a_customer_whose_answer_was_lost_is_made_once(stand_in, payment):
    stand_in.control("faults", path="/v1/customers", method="POST", kind="drop", times=3)
    with pytest.raises(ProviderUnavailable):
        checkout(payment)
    assert paid(stand_in, payment).status == "succeeded"
    assert len(customers(stand_in)) == 1


def test_another_key_makes_another_customer(stand_in, payment):
    """The negative control: it is the stored key that saves the one above."""
    stand_in.control("faults", path="/v1/customers", method="POST", kind="drop", times=3)
    with pytest.raises(ProviderUnavailable):
        checkout(payment)
    StripeCustomer.objects.update(key=uuid4())
    checkout(payment)
    assert len(customers(stand_in)) == 2


def test_a_new_e_mail_since_the_lost_answer_goes_under_a_new_key(stand_in, payment):
    stand_in.control("faults", path="/v1/customers", method="POST", kind="drop", times=3)
    with pytest.raises(ProviderUnavailable):
        checkout(payment)
    payment.payer.email = "lin@elsewhere.example"
    payment.payer.save()
    assert paid(stand_in, payment).status == "succeeded"


@pytest.mark.books_differ("Stripe has forgotten all of it")
def test_a_customer_that_stripe_has_forgotten_is_made_anew(stand_in, payment, client_user):
    paid(stand_in, payment)
    stand_in.control("reset")
    assert paid(stand_in, another(payment)).status == "succeeded"
    assert [card.stripe_id for card in services.saved_cards(user=client_user)] == kept_at_stripe(stand_in)


def test_a_card_stays_with_who_paid_with_it(stand_in, payment, client_user, stranger):
    paid(stand_in, payment)
    [card] = services.saved_cards(user=client_user)
    assert (str(card), card.exp_month, card.exp_year) == ("visa •••• 4242", 12, 2040)
    assert kept_at_stripe(stand_in) == [card.stripe_id]
    assert services.saved_cards(user=stranger) == []


def test_neither_a_wallet_nor_a_declined_card_is_kept(stand_in, payment, client_user):
    url = checkout(payment)
    stand_in.pay(url, card=DECLINED_CARD)
    stand_in.http.post(url, data={"method": "alipay"})
    payment.refresh_from_db()
    assert services.sync_payment(payment=payment).method == "alipay"
    assert services.saved_cards(user=client_user) == []


def test_the_newest_card_is_first_and_the_same_card_is_kept_once(stand_in, payment, client_user, at_once):
    paid(stand_in, payment)
    paid(stand_in, another(payment), card=MASTERCARD)
    paid(stand_in, another(payment))
    assert [card.last4 for card in services.saved_cards(user=client_user)] == ["4242", "4444"]
    tasks.catch_up()
    assert sorted(kept_at_stripe(stand_in)) == sorted(card.stripe_id for card in services.saved_cards(user=client_user))


def test_a_card_of_somebody_elses_customer_is_not_written_down(stand_in, payment, client_user):
    checkout(payment)
    StripeCustomer.objects.update(stripe_id="cus_another")
    stand_in.pay(Payment.objects.get().session_url)
    assert services.sync_payment(payment=Payment.objects.get()).status == "succeeded"
    assert services.saved_cards(user=client_user) == []


def test_a_forgotten_card_is_shown_no_more_and_stripe_forgets_it_too(stand_in, payment, client_user, at_once):
    paid(stand_in, payment)
    [card] = services.saved_cards(user=client_user)
    services.forget_card(card=card, by=client_user)
    assert services.saved_cards(user=client_user) == []
    assert kept_at_stripe(stand_in) == [card.stripe_id]
    tasks.catch_up()
    tasks.catch_up()
    assert kept_at_stripe(stand_in) == []
    services.forget_card(card=card, by=client_user)
    assert SavedCard.objects.get().detached_at


def test_stripe_not_answering_only_puts_it_off(stand_in, payment, client_user, at_once):
    paid(stand_in, payment)
    [card] = services.saved_cards(user=client_user)
    services.forget_card(card=card, by=client_user)
    stand_in.control("faults", path="*/detach", kind="drop", times=3)
    with pytest.raises(ProviderUnavailable):
        services.detach_card(card_id=card.pk)
    tasks.catch_up()
    assert (kept_at_stripe(stand_in), bool(SavedCard.objects.get().detached_at)) == ([], True)


def test_a_card_that_stripe_does_not_keep_any_more_is_forgotten(stand_in, payment, client_user):
    paid(stand_in, payment)
    [card] = services.saved_cards(user=client_user)
    provider().detach_card(payment_method_id=card.stripe_id, key="by-hand")
    services.forget_card(card=card, by=client_user)
    services.detach_card(card_id=card.pk)
    assert SavedCard.objects.get().detached_at


def test_nobody_forgets_the_card_of_somebody_else(stand_in, payment, client_user, stranger):
    paid(stand_in, payment)
    [card] = services.saved_cards(user=client_user)
    with pytest.raises(SavedCard.DoesNotExist):
        services.forget_card(card=card, by=stranger)
    assert services.saved_cards(user=client_user) == [card]
