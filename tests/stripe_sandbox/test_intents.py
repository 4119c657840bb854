"""PaymentIntents made through the API: confirmed, declined, canceled; and the charges they leave."""

import pytest
import stripe

MONEY = {"amount": 3000, "currency": "cny"}


def test_confirmed_at_once(world):
    intent = world.stripe.v1.payment_intents.create(
        {
            **MONEY,
            "payment_method": "pm_card_visa",
            "confirm": True,
            "return_url": "http://shop.test/",
            "transfer_group": "booking-1",
            "expand": ["latest_charge.balance_transaction"],
        }
    )
    assert (intent.status, intent.amount_received, intent.latest_charge.paid) == ("succeeded", 3000, True)
    assert intent.latest_charge.balance_transaction.net == 3000 - intent.latest_charge.balance_transaction.fee
    charges = world.stripe.v1.charges
    assert [c.id for c in charges.list({"transfer_group": "booking-1"}).data] == [intent.latest_charge.id]
    assert [c.id for c in charges.list({"payment_intent": intent.id}).data] == [intent.latest_charge.id]


def test_step_by_step(world):
    intents = world.stripe.v1.payment_intents
    intent = intents.create({**MONEY, "automatic_payment_methods": {"enabled": True}})
    assert (intent.status, intent.latest_charge) == ("requires_payment_method", None)
    intent = intents.update(intent.id, {"amount": 4000, "payment_method": "pm_card_visa", "description": "x"})
    assert (intent.status, intent.amount) == ("requires_confirmation", 4000)
    intent = intents.confirm(intent.id)
    assert (intent.status, intent.amount_received) == ("succeeded", 4000)
    assert world.event_types()[:2] == ["payment_intent.created", "charge.succeeded"]


def test_a_decline_raises_and_the_intent_may_be_tried_again(world):
    intents = world.stripe.v1.payment_intents
    intent = intents.create(MONEY)
    with pytest.raises(stripe.CardError) as declined:
        intents.confirm(intent.id, {"payment_method": "pm_card_visa_chargeDeclinedInsufficientFunds"})
    error = declined.value.error
    assert (declined.value.http_status, error.code, error.decline_code) == (402, "card_declined", "insufficient_funds")
    assert (error.payment_intent.id, error.payment_intent.status) == (intent.id, "requires_payment_method")
    after = intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert (after.last_payment_error.decline_code, after.latest_charge.status) == ("insufficient_funds", "failed")
    assert intents.confirm(intent.id, {"payment_method": "pm_card_visa"}).status == "succeeded"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc"),
        ("pm_card_chargeDeclinedProcessingError", "processing_error"),
    ],
)
def test_other_refusals_have_their_own_code(world, name, code):
    with pytest.raises(stripe.CardError) as declined:
        world.stripe.v1.payment_intents.create({**MONEY, "payment_method": name, "confirm": True})
    assert declined.value.code == code


def test_cancelled_is_final(world):
    intents = world.stripe.v1.payment_intents
    intent = intents.create(MONEY)
    gone = intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
    assert (gone.status, gone.cancellation_reason) == ("canceled", "abandoned")
    for again in (intents.cancel, intents.confirm, lambda one: intents.update(one, {"amount": 5000})):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            again(intent.id)
        assert refused.value.code == "payment_intent_unexpected_state"


def test_what_succeeded_is_neither_cancelled_nor_paid_again(world):
    intents = world.stripe.v1.payment_intents
    intent = intents.create({**MONEY, "payment_method": "pm_card_visa", "confirm": True})
    for again in (intents.cancel, intents.confirm):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            again(intent.id)
        assert refused.value.error.payment_intent.status == "succeeded"
    assert world.count("charge") == 1


def test_an_intent_of_a_session_is_left_to_the_session(world):
    session = world.session()
    world.pay(session, "4000000000000002")
    intent = world.stripe.v1.payment_intents.list().data[0]
    for meddle in (world.stripe.v1.payment_intents.cancel, world.stripe.v1.payment_intents.confirm):
        with pytest.raises(stripe.InvalidRequestError, match="Checkout Session"):
            meddle(intent.id)


def test_nothing_to_confirm_with(world):
    intent = world.stripe.v1.payment_intents.create(MONEY)
    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method"):
        world.stripe.v1.payment_intents.confirm(intent.id)


def test_somebody_elses_saved_card_is_refused(world):
    paid = world.paid(payment_method_options={"card": {"setup_future_usage": "off_session"}})
    stranger = world.stripe.v1.customers.create({"name": "stranger"})
    for customer in ({}, {"customer": stranger.id}):
        with pytest.raises(stripe.InvalidRequestError, match="belongs to a customer"):
            world.stripe.v1.payment_intents.create(
                {**MONEY, **customer, "payment_method": paid.payment_intent.payment_method, "confirm": True}
            )


def test_intents_are_listed_by_customer(world):
    customer = world.stripe.v1.customers.create({"name": "Lin", "email": "lin@example.com"})
    mine = world.stripe.v1.payment_intents.create({**MONEY, "customer": customer.id})
    world.stripe.v1.payment_intents.create(MONEY)
    assert [i.id for i in world.stripe.v1.payment_intents.list({"customer": customer.id}).data] == [mine.id]
    assert world.stripe.v1.customers.retrieve(customer.id).email == "lin@example.com"


def test_a_confirmation_may_name_another_card_and_how_to_keep_it(world):
    customer = world.stripe.v1.customers.create({}).id
    intents = world.stripe.v1.payment_intents
    later = {"card": {"setup_future_usage": "off_session"}}
    for wish in ({"payment_method_options": later}, {"setup_future_usage": "off_session"}):
        intent = intents.create({**MONEY, "customer": customer, "payment_method": "pm_card_visa_chargeDeclined"})
        done = intents.confirm(intent.id, {"payment_method": "pm_card_unionpay", **wish})
        assert (done.status, done.currency) == ("succeeded", "cny")
    updated = intents.update(intents.create(MONEY).id, {"payment_method_options": later})
    assert updated.payment_method_options.card.setup_future_usage == "off_session"
    kept = world.stripe.v1.payment_methods.list({"customer": customer}).data
    assert [method.card.brand for method in kept] == ["unionpay", "unionpay"]
