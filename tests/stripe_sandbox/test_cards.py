"""Cards that customers keep, and the ones whose bank wants to know who pays."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
import stripe

from tests.stripe_sandbox.world import ALWAYS, BAD_LATER, GOOD, UNTIL_SET_UP

MONEY = {"amount": 3000, "currency": "cny"}
LATER = {"card": {"setup_future_usage": "off_session"}}
NOT_LATER = {"card": {"setup_future_usage": "none"}}
RETURN = "http://shop.test/back?order=1"


@pytest.fixture
def customer(world) -> str:
    return world.stripe.v1.customers.create({"email": "lin@example.com"}).id


def kept(world, customer: str) -> list[str]:
    return [method.id for method in world.stripe.v1.payment_methods.list({"customer": customer, "type": "card"}).data]


def saved(world, customer: str, number: str = GOOD) -> str:
    """The card, after it has paid on the hosted page and stayed."""
    session = world.session(customer=customer, payment_method_options=LATER)
    answer = world.pay(session, number)
    if "/3ds/" in answer.headers["location"]:
        world.prove(answer.headers["location"])
    return world.again(session).payment_intent.payment_method


def charge(world, customer: str, method: str, **more):
    asked = {**MONEY, "customer": customer, "payment_method": method, "confirm": True, "return_url": RETURN, **more}
    return world.stripe.v1.payment_intents.create(asked)


def bank(intent) -> str:
    return intent.next_action.redirect_to_url.url


def test_a_session_leaves_the_card_with_its_customer(world, customer):
    method = saved(world, customer)
    assert kept(world, customer) == [method]
    found = world.stripe.v1.payment_methods.retrieve(method)
    assert (found.customer, found.card.last4) == (customer, "4242")
    assert charge(world, customer, method).status == "succeeded"


def test_without_the_wish_the_card_was_used_once(world, customer):
    method = world.paid(customer=customer).payment_intent.payment_method
    assert kept(world, customer) == []
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        charge(world, customer, method)


def test_an_intent_leaves_the_card_with_its_customer_too(world, customer):
    charge(world, customer, "pm_card_visa", payment_method_options=LATER)
    charge(world, customer, "pm_card_mastercard", setup_future_usage="on_session")
    charge(world, customer, "pm_card_unionpay", setup_future_usage="on_session", payment_method_options=NOT_LATER)
    assert len(kept(world, customer)) == 2


def test_cards_are_attached_listed_and_detached(world, customer, receiver):
    methods = world.stripe.v1.payment_methods
    first = methods.attach("pm_card_visa", {"customer": customer}).id
    second = methods.attach("pm_card_mastercard", {"customer": customer}).id
    assert kept(world, customer) == [second, first]
    assert methods.attach(first, {"customer": customer}).id == first
    assert methods.detach(first).customer is None
    assert kept(world, customer) == [second]
    assert receiver.wait_for("payment_method.detached")["data"]["previous_attributes"] == {"customer": customer}


def test_a_detached_card_is_of_no_more_use(world, customer):
    methods = world.stripe.v1.payment_methods
    method = methods.attach("pm_card_visa", {"customer": customer}).id
    methods.detach(method)
    for again in (
        lambda: methods.detach(method),
        lambda: methods.attach(method, {"customer": customer}),
        lambda: charge(world, customer, method),
    ):
        with pytest.raises(stripe.InvalidRequestError):
            again()


def test_what_cannot_be_attached_is_refused(world, customer):
    methods = world.stripe.v1.payment_methods
    wallet = world.paid_by_wallet("alipay").payment_intent.payment_method
    theirs = methods.attach("pm_card_visa", {"customer": world.stripe.v1.customers.create({}).id}).id
    for method, whose in ((wallet, customer), (theirs, customer), ("pm_none", customer), ("pm_card_visa", "cus_none")):
        with pytest.raises(stripe.InvalidRequestError):
            methods.attach(method, {"customer": whose})


@pytest.mark.parametrize("path", ["/v1/payment_methods", "/v1/payment_methods/pm_1/attach"])
def test_unknown_parameters_are_refused(world, path):
    answer = world.raw.request("GET" if path.endswith("methods") else "POST", path, params={"colour": "red"})
    assert answer.status_code in (400, 404)


def test_a_card_that_goes_bad_once_it_is_kept(world, customer):
    method = saved(world, customer, BAD_LATER)
    with pytest.raises(stripe.CardError) as declined:
        charge(world, customer, method)
    assert declined.value.error.decline_code == "generic_decline"
    attached = world.stripe.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer}).id
    with pytest.raises(stripe.CardError):
        charge(world, customer, attached)


class TestAskedWhoPays:
    def test_proved_and_charged(self, world, customer):
        intent = charge(world, customer, "pm_card_authenticationRequired", expand=["payment_method"])
        assert (intent.status, intent.latest_charge) == ("requires_action", None)
        assert intent.next_action.redirect_to_url.return_url == RETURN
        back = world.prove(bank(intent)).headers["location"]
        asked = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
        assert (asked["order"], asked["payment_intent"], asked["redirect_status"]) == ("1", intent.id, "succeeded")
        paid = world.stripe.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
        assert (paid.status, paid.next_action) == ("succeeded", None)
        assert paid.latest_charge.payment_method_details.card.three_d_secure.result == "authenticated"

    def test_failed_and_not_charged(self, world, customer, receiver):
        intent = charge(world, customer, "pm_card_authenticationRequired")
        assert "redirect_status=failed" in world.prove(bank(intent), "fail").headers["location"]
        after = world.stripe.v1.payment_intents.retrieve(intent.id)
        assert (after.status, after.payment_method, after.latest_charge) == ("requires_payment_method", None, None)
        assert after.last_payment_error.code == "payment_intent_authentication_failure"
        told = receiver.wait_for("payment_intent.payment_failed")["data"]["object"]
        assert (told["id"], receiver.types().count("payment_intent.requires_action")) == (intent.id, 1)

    def test_a_double_tap_charges_once(self, world, customer):
        intent = charge(world, customer, "pm_card_authenticationRequired")
        first, second = world.prove(bank(intent)), world.prove(bank(intent))
        assert first.headers["location"] == second.headers["location"]
        assert world.count("charge") == 1

    def test_a_cancelled_one_is_over(self, world, customer):
        intent = charge(world, customer, "pm_card_authenticationRequired")
        world.stripe.v1.payment_intents.cancel(intent.id)
        assert world.browser.get(bank(intent)).status_code == 410
        assert "redirect_status=failed" in world.prove(bank(intent)).headers["location"]
        assert world.count("charge") == 0

    def test_nobody_is_there_to_ask(self, world, customer):
        method = saved(world, customer, ALWAYS)
        for absent in ({"off_session": True}, {"error_on_requires_action": True}):
            asked = {**MONEY, "customer": customer, "payment_method": method, "confirm": True, **absent}
            with pytest.raises(stripe.CardError) as declined:
                world.stripe.v1.payment_intents.create(asked)
            assert declined.value.code == "authentication_required"

    def test_there_must_be_a_way_back(self, world, customer):
        asked = {**MONEY, "payment_method": "pm_card_authenticationRequired", "confirm": True}
        with pytest.raises(stripe.InvalidRequestError) as refused:
            world.stripe.v1.payment_intents.create(asked)
        assert refused.value.param == "return_url"

    @pytest.mark.parametrize(("number", "later"), [(ALWAYS, "requires_action"), (UNTIL_SET_UP, "succeeded")])
    def test_a_card_that_was_set_up(self, world, customer, number, later):
        assert charge(world, customer, saved(world, customer, number)).status == later

    def test_an_attached_card_is_not_set_up(self, world, customer):
        attach = world.stripe.v1.payment_methods.attach
        method = attach("pm_card_authenticationRequiredOnSetup", {"customer": customer}).id
        assert charge(world, customer, method).status == "requires_action"


class TestOnTheHostedPage:
    def test_the_payer_is_sent_to_the_bank_and_on_to_the_shop(self, world):
        session = world.session()
        at_the_bank = world.pay(session, ALWAYS).headers["location"]
        still = world.again(session)
        assert (still.status, still.payment_intent, world.count("charge")) == ("open", None, 0)
        assert "¥30.00" in world.browser.get(at_the_bank).text
        assert world.prove(at_the_bank).headers["location"] == f"http://shop.test/ok?session={session.id}"
        assert world.again(session).payment_status == "paid"

    def test_a_failure_leads_back_to_the_page_and_another_card_pays(self, world):
        session = world.session()
        back = world.prove(world.pay(session, ALWAYS).headers["location"], "fail").headers["location"]
        assert "没有通过银行的验证" in world.browser.get(back).text
        assert world.pay(session).status_code == 303
        assert (world.again(session).status, world.count("charge")) == ("complete", 1)

    def test_another_card_meanwhile_leaves_nothing_to_prove(self, world):
        session = world.session()
        at_the_bank = world.pay(session, ALWAYS).headers["location"]
        world.pay(session)
        assert world.prove(at_the_bank).headers["location"].startswith("http://shop.test/ok")
        assert world.count("charge") == 1

    def test_a_session_that_ran_out_meanwhile_takes_no_money(self, world):
        session = world.session(expires_at=int(time.time()) + 1800)
        at_the_bank = world.pay(session, ALWAYS).headers["location"]
        world.advance(1801)
        assert world.prove(at_the_bank).headers["location"].startswith(f"/c/pay/{session.id}")
        assert (world.again(session).status, world.count("charge")) == ("expired", 0)
