"""Customers and the cards they keep: changed, counted, let go."""

import pytest
import stripe

from tests.stripe_sandbox.test_setup_intents import charge_later

MONEY = {"amount": 3000, "currency": "cny"}


@pytest.fixture
def customers(world):
    return world.stripe.v1.customers


@pytest.fixture
def methods(world):
    return world.stripe.v1.payment_methods


@pytest.fixture
def customer(customers) -> str:
    return customers.create({"email": "lin@example.com", "name": "Lin", "metadata": {"a": "1", "b": "2"}}).id


def attached(methods, customer: str, name: str = "pm_card_visa") -> str:
    return methods.attach(name, {"customer": customer}).id


def test_a_customer_is_changed(customers, customer, receiver):
    changed = customers.update(customer, {"email": "mei@example.com", "metadata": {"a": "", "c": "3"}})
    assert (changed.email, changed.name, changed.metadata.to_dict()) == ("mei@example.com", "Lin", {"b": "2", "c": "3"})
    assert customers.list({"email": "mei@example.com"}).data[0].id == customer
    told = receiver.wait_for("customer.updated")["data"]["previous_attributes"]
    assert told["email"] == "lin@example.com" and "name" not in told
    with pytest.raises(stripe.InvalidRequestError):
        customers.update("cus_none", {"name": "Mei"})


def test_a_deleted_customer_is_gone_with_its_cards(world, customers, customer, methods, receiver):
    kept = attached(methods, customer)
    paid = world.stripe.v1.payment_intents.create(
        {**MONEY, "customer": customer, "payment_method": kept, "confirm": True}
    )
    gone = customers.delete(customer)
    assert (gone.id, gone.deleted) == (customer, True)
    assert customers.retrieve(customer).deleted is True
    assert customers.list().data == []
    assert methods.retrieve(kept).customer is None
    for late in (
        lambda: customers.delete(customer),
        lambda: customers.update(customer, {"name": "Mei"}),
        lambda: customers.payment_methods.list(customer),
        lambda: methods.attach("pm_card_visa", {"customer": customer}),
        lambda: world.stripe.v1.payment_intents.create({**MONEY, "customer": customer}),
        lambda: charge_later(world, customer, kept),
        lambda: world.setup_session(customer=customer),
    ):
        with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
            late()
    whole = world.stripe.v1.payment_intents.retrieve(paid.id, {"expand": ["customer"]})
    assert whole.customer.deleted is True
    assert receiver.wait_for("customer.deleted")["data"]["object"]["email"] == "lin@example.com"
    assert receiver.wait_for("payment_method.detached")["data"]["object"]["id"] == kept


def test_the_cards_of_a_customer(world, customers, customer, methods):
    first, second = attached(methods, customer), attached(methods, customer, "pm_card_mastercard")
    stranger = customers.create({}).id
    theirs = attached(methods, stranger)
    found = customers.payment_methods
    assert [one.id for one in found.list(customer).data] == [second, first]
    assert [one.id for one in found.list(customer, {"limit": 1, "starting_after": second}).data] == [first]
    assert found.list(customer, {"type": "alipay"}).data == []
    assert found.retrieve(customer, first).card.last4 == "4242"
    for whose, which in ((customer, theirs), (customer, "pm_none"), ("cus_none", first)):
        with pytest.raises(stripe.InvalidRequestError) as missing:
            found.retrieve(whose, which)
        assert missing.value.http_status == 404


def test_a_card_is_changed(customer, methods, receiver):
    method = attached(methods, customer)
    address = {"city": "上海", "line1": "1"}
    methods.update(method, {"billing_details": {"address": address, "email": "lin@example.com", "name": "Lin"}})
    changed = methods.update(
        method,
        {
            "billing_details": {"address": {"line1": "2"}, "name": ""},
            "card": {"exp_month": 1, "exp_year": 2040},
            "metadata": {"nick": "blue"},
            "allow_redisplay": "always",
        },
    )
    details = changed.billing_details
    assert (details.address.city, details.address.line1, details.email, details.name) == (
        "上海",
        "2",
        "lin@example.com",
        None,
    )
    assert (changed.card.exp_month, changed.card.exp_year, changed.card.last4) == (1, 2040, "4242")
    assert (changed.metadata["nick"], changed.allow_redisplay) == ("blue", "always")
    cleared = methods.update(method, {"billing_details": {"address": ""}, "metadata": ""})
    assert (cleared.billing_details.address.city, cleared.metadata.to_dict()) == (None, {})
    receiver.wait_for("payment_method.updated", times=3)


def test_a_card_that_nobody_keeps_or_that_is_over_is_not_changed(world, customer, methods):
    loose = world.paid().payment_intent.payment_method
    with pytest.raises(stripe.InvalidRequestError, match="save this PaymentMethod"):
        methods.update(loose, {"metadata": {"k": "v"}})
    method = attached(methods, customer)
    with pytest.raises(stripe.CardError) as past:
        methods.update(method, {"card": {"exp_year": 2020}})
    assert (past.value.code, past.value.param) == ("invalid_expiry_year", "card[exp_year]")
    assert methods.retrieve(method).card.exp_year == 2034


def test_a_number_is_refused_and_a_token_taken(world, methods):
    raw = {"number": "4242424242424242", "exp_month": 1, "exp_year": 2040, "cvc": "123"}
    with pytest.raises(stripe.CardError, match="generally unsafe") as refused:
        methods.create({"type": "card", "card": raw})
    assert (refused.value.http_status, refused.value.error.type) == (402, "invalid_request_error")
    assert world.count("payment_method") == 0
    made = methods.create({"type": "card", "card": {"token": "tok_visa"}, "billing_details": {"name": "Lin"}})
    assert (made.card.last4, made.customer, made.billing_details.name) == ("4242", None, "Lin")
    asked = {**MONEY, "payment_method": made.id, "confirm": True}
    assert world.stripe.v1.payment_intents.create(asked).status == "succeeded"
    for wrong in (
        {"type": "card"},
        {"card": {"token": "tok_visa"}},
        {"type": "alipay", "card": {"token": "tok_visa"}},
        {"type": "card", "card": {"token": "tok_none"}},
    ):
        with pytest.raises(stripe.InvalidRequestError):
            methods.create(wrong)


def test_a_charge_gets_other_words(world, receiver):
    charge = world.paid(payment_intent_data={"metadata": {"a": "1"}}).payment_intent.latest_charge
    receiver.wait_for("charge.updated")
    changed = world.stripe.v1.charges.update(charge.id, {"description": "30 分钟", "metadata": {"b": "2"}})
    assert (changed.description, changed.metadata.to_dict()) == ("30 分钟", {"a": "1", "b": "2"})
    told = receiver.wait_for("charge.updated", times=2)["data"]["previous_attributes"]
    assert told == {"description": None, "metadata": {"a": "1"}}
