"""A saved card is charged with one call: once, whatever happens to the answers and whoever clicks twice."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from payments import services, tasks
from payments.errors import CardGone, ChargeUnknown, PaymentClosed, PaymentUnderWay, ProviderUnavailable
from payments.gateway import provider
from payments.models import Payment, SavedCard, StripeCustomer
from payments.services import charging
from payments.services.books import check_books, clearing_balance
from tests.payments.paying import BAD_LATER, another, charge, charges, checkout, intents, paid
from tests.rivals import rival
from tests.threads import at_once as together
from tests.threads import failures

pytestmark = pytest.mark.django_db(transaction=True)
CONFIRM = "/v1/payment_intents/*/confirm"


@pytest.fixture
def card(stand_in, payment, client_user) -> SavedCard:
    """Kept with the first payment of the order."""
    paid(stand_in, payment)
    return services.saved_cards(user=client_user)[0]


@pytest.fixture
def bad_card(stand_in, payment, client_user) -> SavedCard:
    """It paid once, and its bank says no from then on."""
    paid(stand_in, payment, card=BAD_LATER)
    return services.saved_cards(user=client_user)[0]


@pytest.fixture
def more(payment) -> Payment:
    return another(payment)


def now(payment: Payment) -> Payment:
    return Payment.objects.get(pk=payment.pk)


def test_one_call_and_the_money_is_there(stand_in, card, more):
    assert charge(more, card).status == "succeeded"
    assert (now(more).status, now(more).method, now(more).session_id) == ("succeeded", "visa •••• 4242", None)
    assert services.prepaid_for(ref=more.ref, payer_id=more.payer_id) == 1500
    assert check_books() == []
    assert services.saved_cards(user=more.payer) == [card]


def test_the_receivers_are_told_once(stand_in, card, more, settled):
    charge(more, card)
    charge(more, card)
    services.sync_payment(payment=more)
    assert settled == [more.pk]


def test_asked_again_it_has_succeeded_and_nothing_is_charged(stand_in, card, more):
    assert [charge(more, card).status for _ in range(3)] == ["succeeded"] * 3
    assert len(charges(stand_in, 500)) == 1


def test_a_card_that_was_removed_is_not_charged(stand_in, card, more):
    services.forget_card(card=card, by=more.payer)
    with pytest.raises(CardGone):
        charge(more, card)
    assert intents(stand_in, 500) == []


def test_nobody_is_charged_with_the_card_of_somebody_else(stand_in, card, other_client):
    theirs = services.open_payment(payer=other_client, ref=uuid4(), amount=500, description="三十分钟")
    with pytest.raises(CardGone):
        charge(theirs, card)
    assert intents(stand_in, 500) == []


def test_a_declined_card_says_why_and_checkout_is_still_open(stand_in, bad_card, more):
    answer = charge(more, bad_card)
    assert (answer.status, answer.decline_code) == ("declined", "generic_decline")
    assert (now(more).status, now(more).last_decline) == ("open", "generic_decline")
    [intent] = intents(stand_in, 500)
    assert paid(stand_in, more).status == "succeeded"
    assert provider().retrieve_intent(intent["id"]).status == "canceled"
    assert check_books() == []


def test_a_declined_card_may_be_tried_again_as_a_new_attempt(stand_in, bad_card, more):
    assert [charge(more, bad_card).status for _ in range(2)] == ["declined"] * 2
    assert sorted(intent["status"] for intent in intents(stand_in, 500)) == ["canceled", "requires_payment_method"]


def test_a_decline_is_told_to_the_receivers_each_time(stand_in, bad_card, more, changed):
    charge(more, bad_card)
    services.sync_payment(payment=more)
    assert len(changed) == 1
    charge(more, bad_card)
    assert len(changed) == 3  # the first attempt closed, the second declined


def test_the_open_session_is_closed_before_a_card_is_charged(stand_in, card, more):
    url = checkout(more)
    assert charge(more, card).status == "succeeded"
    assert stand_in.pay(url).status_code != 303
    assert (len(charges(stand_in, 500)), now(more).session_id) == (1, None)


def test_a_session_that_was_paid_meanwhile_is_applied_instead(stand_in, card, more):
    stand_in.pay(checkout(more))
    assert charge(more, card).status == "succeeded"
    assert (len(charges(stand_in, 500)), intents(stand_in, 500)[0]["id"]) == (1, now(more).payment_intent_id)
    assert check_books() == []


@pytest.mark.books_differ("paid twice, as the negative control means to")
def test_with_both_ways_open_both_would_take_money(stand_in, card, more, monkeypatch):
    """The negative control: it is the closing of the session that keeps it to one."""
    url = checkout(more)
    monkeypatch.setattr(charging, "close_way", lambda payment: payment)
    Payment.objects.filter(pk=more.pk).update(session_id=None)
    charge(more, card)
    assert stand_in.pay(url).status_code == 303
    assert len(charges(stand_in, 500)) == 2


def test_a_card_that_was_charged_meanwhile_needs_no_checkout(stand_in, card, more):
    lose_the_confirmation(stand_in, more, card)
    assert checkout(more) == "http://test/ok/"
    assert now(more).status == "succeeded"
    assert len(charges(stand_in, 500)) == 1


def lose_the_confirmation(stand_in, payment: Payment, card: SavedCard, kind: str = "drop") -> None:
    """Stripe is asked to charge the card, three times by the SDK, and nobody hears what came of it."""
    stand_in.control("faults", path=CONFIRM, method="POST", kind=kind, times=3)
    with pytest.raises(ChargeUnknown):
        charge(payment, card)


@pytest.mark.parametrize("kind", ["drop", "error_after"])
def test_a_charge_whose_answer_was_lost_is_found_and_applied_once(stand_in, card, more, at_once, settled, kind):
    lose_the_confirmation(stand_in, more, card, kind)
    assert (now(more).status, now(more).unsure_since is not None) == ("open", True)
    tasks.catch_up()
    tasks.catch_up()
    assert (now(more).status, settled) == ("succeeded", [more.pk])
    assert len(charges(stand_in, 500)) == 1
    assert check_books() == []


def test_clicking_again_instead_of_waiting_charges_once_too(stand_in, card, more):
    lose_the_confirmation(stand_in, more, card)
    assert charge(more, card).status == "succeeded"
    assert len(charges(stand_in, 500)) == 1


def test_a_charge_that_never_reached_stripe_is_given_up_and_can_be_paid_again(stand_in, card, more, at_once):
    lose_the_confirmation(stand_in, more, card, "error")
    tasks.catch_up()
    assert now(more).status == "open"  # it may still be on its way
    Payment.objects.filter(pk=more.pk).update(unsure_since=timezone.now() - timedelta(minutes=3))
    tasks.catch_up()
    assert now(more).status == "expired"
    assert charges(stand_in, 500) == []
    assert charge(more, card).status == "succeeded"
    assert len(charges(stand_in, 500)) == 1


def test_a_charge_that_could_not_even_be_begun_takes_a_new_key(stand_in, card, more):
    stand_in.control("faults", path="/v1/payment_intents", method="POST", kind="error", times=3)
    with pytest.raises(ProviderUnavailable):
        charge(more, card)
    key = now(more).idempotency_key
    assert charge(more, card).status == "succeeded"
    assert now(more).idempotency_key != key


def test_an_unheard_beginning_is_a_charge_that_nobody_can_make(stand_in, card, more):
    stand_in.control("faults", path="/v1/payment_intents", method="POST", kind="drop", times=3)
    with pytest.raises(ProviderUnavailable):
        charge(more, card)
    assert charge(more, card).status == "succeeded"
    assert sorted(intent["status"] for intent in intents(stand_in, 500)) == ["requires_confirmation", "succeeded"]


def test_a_double_click_charges_once(stand_in, card, more):
    stand_in.control("faults", path="/v1/payment_intents*", method="POST", kind="slow", seconds=0.3, times=4)
    answers = together(*[lambda: charge(more, card)] * 2)
    assert failures(answers) == []
    assert {answer.status for answer in answers} <= {"succeeded", "processing"}
    assert (now(more).status, len(charges(stand_in, 500))) == ("succeeded", 1)
    assert check_books() == []


@pytest.mark.books_differ("paid twice, as the negative control means to")
def test_with_a_key_for_each_click_a_double_click_charges_twice(stand_in, card, more, monkeypatch):
    """The negative control: without the stored attempt each click makes a charge of its own."""

    def click() -> str:
        customer = StripeCustomer.objects.get().stripe_id or ""
        made = provider().create_intent(
            amount=500,
            description="再聊",
            marks=more.marks,
            customer_id=customer,
            payment_method_id=card.stripe_id,
            key=str(object()),
        )
        return provider().confirm_intent(intent_id=made.id, return_url="http://test/", key=made.id).status

    assert together(click, click) == ["succeeded"] * 2
    assert len(charges(stand_in, 500)) == 2


def test_two_clicks_on_card_and_checkout_at_once_take_money_once(stand_in, card, more):
    def by_card() -> None:
        charge(more, card)

    def by_checkout() -> None:
        stand_in.pay(checkout(more))

    for refusal in failures(together(by_card, by_checkout)):
        assert isinstance(refusal, PaymentUnderWay | PaymentClosed | ProviderUnavailable)
    services.sync_payment(payment=more)
    assert len(charges(stand_in, 500)) <= 1
    assert check_books() == []


def test_a_charge_that_a_rival_overtook_is_never_confirmed(stand_in, card, more):
    begun = charging._begun(payment_id=more.pk, card_id=card.pk, return_url="http://test/")
    checkout(more)
    with pytest.raises(PaymentUnderWay):
        charging._charged(begun, card)
    assert [intent["status"] for intent in intents(stand_in, 500)] == ["requires_confirmation"]


def test_an_abandoned_order_is_charged_no_more(stand_in, card, more):
    services.abandon(ref=more.ref)
    with pytest.raises(PaymentClosed):
        charge(more, card)
    assert intents(stand_in, 500) == []


def test_abandoning_while_a_charge_is_begun_keeps_it_from_being_made(stand_in, card, more):
    begun = charging._begun(payment_id=more.pk, card_id=card.pk, return_url="http://test/")
    services.abandon(ref=more.ref)
    with pytest.raises(PaymentClosed):
        charging._charged(begun, card)
    assert (now(more).status, charges(stand_in, 500)) == ("expired", [])


def test_an_abandoned_order_that_was_charged_all_the_same_has_its_money_in_the_books(stand_in, card, more, at_once):
    lose_the_confirmation(stand_in, more, card)
    services.abandon(ref=more.ref)
    tasks.catch_up()
    assert now(more).status == "succeeded"
    assert check_books() == []


def test_abandoning_waits_for_no_charge_that_is_just_settled(stand_in, card, more):
    """Who abandons holds the order, and keeps everybody from it who would wait with him."""
    lose_the_confirmation(stand_in, more, card)
    with rival(lambda: Payment.objects.select_for_update().get(pk=more.pk)) as meanwhile:
        meanwhile(lambda: services.abandon(ref=more.ref))(timeout=5)


def test_a_card_that_stripe_forgot_is_declined_and_can_be_paid_otherwise(stand_in, card, more):
    provider().detach_card(payment_method_id=card.stripe_id, key="by-hand")
    assert charge(more, card).status == "declined"
    assert paid(stand_in, more).status == "succeeded"


@pytest.mark.books_differ("Stripe has forgotten all of it")
def test_a_customer_that_stripe_forgot_takes_the_cards_along(stand_in, card, more):
    stand_in.control("reset")
    assert charge(more, card).status == "declined"
    assert services.saved_cards(user=more.payer) == []
    assert paid(stand_in, more).status == "succeeded"


def test_a_fee_that_is_not_known_yet_is_a_charge_in_progress(stand_in, card, more, stripe_saying):
    begun = charging._begun(payment_id=more.pk, card_id=card.pk, return_url="http://test/")
    made = charging._made(begun, card)
    body = {
        "object": "payment_intent",
        "id": made.payment_intent_id,
        "status": "succeeded",
        "next_action": None,
        "last_payment_error": None,
        "latest_charge": {"object": "charge", "id": "ch_1", "balance_transaction": None},
    }
    with stripe_saying(200, body):
        assert charging._confirmed(made).status == "processing"
    assert (now(more).status, now(more).unsure_since is not None) == ("open", True)


def test_refunds_go_back_over_checkout_and_card_newest_first(stand_in, card, more, stranger):
    charge(more, card)
    services.open_order(ref=more.ref, companion_id=stranger.pk)
    services.hold(ref=more.ref, payer_id=more.payer_id, amount=700, seq=0)
    refunds = services.refund_unused(ref=more.ref)
    assert [(refund.payment.seq, refund.amount) for refund in refunds] == [(2, 500), (1, 300)]
    for refund in refunds:
        services.send_refund(refund_id=refund.pk)
    assert sorted(refund["amount"] for refund in stand_in.refunds()) == [300, 500]
    captured = sum(one["amount"] for one in charges(stand_in))
    fees = sum(provider().retrieve_intent(p.payment_intent_id).capture.fee for p in Payment.objects.all())
    assert clearing_balance() == captured - fees - 800 == 700 - fees
    assert check_books() == []
