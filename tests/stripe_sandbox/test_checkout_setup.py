"""The hosted page keeps a card and takes no money."""

import time
from datetime import datetime, timedelta, timezone

import pytest
import stripe

from tests.stripe_sandbox.test_cards import LATER
from tests.stripe_sandbox.test_setup_intents import charge_later, kept, setup_events
from tests.stripe_sandbox.world import ALWAYS, BAD_LATER, DECLINED, GOOD, UNTIL_SET_UP

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def customer(world) -> str:
    return world.stripe.v1.customers.create({"email": "lin@example.com"}).id


def again(world, session):
    return world.stripe.v1.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent.payment_method"]})


def test_an_open_session_asks_for_no_money(world, customer):
    session = world.setup_session(customer=customer, metadata={"why": "bail"})
    assert (session.status, session.payment_status, session.amount_total) == ("open", "no_payment_required", None)
    assert (session.payment_method_types, session.currency) == (["card"], "cny")
    assert session.customer_details.email == "lin@example.com"
    page = world.browser.get(session.url).text
    assert "现在不扣款" in page and "¥" not in page
    english = world.browser.get(session.url, headers=ENGLISH).text
    assert "You are not charged now" in english and "Save this card" in english
    assert world.stripe.v1.checkout.sessions.line_items.list(session.id).data == []


def test_it_says_until_which_day_it_is_open(world, customer):
    session = world.setup_session(customer=customer, expires_at=int(time.time()) + 20 * 3600)
    then = datetime.fromtimestamp(session.expires_at, timezone(timedelta(hours=8)))
    assert f"请在 {then.month}月{then.day}日 {then:%H:%M}(北京时间)前完成" in world.browser.get(session.url).text
    english = world.browser.get(session.url, headers=ENGLISH).text
    assert f"before {then:%B} {then.day}, {then:%H:%M} (Beijing time)" in english


def test_the_cards_bank_asks_about_the_card_and_about_no_payment(world, customer):
    bank = world.pay(world.setup_session(customer=customer), ALWAYS).headers["location"]
    page = world.browser.get(bank).text
    assert "现在不扣款" in page and "真实付款时" not in page
    assert "Visa" in page and "visa" not in page


def test_the_card_is_kept_and_the_payer_led_on(world, customer, receiver):
    asked = {"metadata": {"member": "7"}, "description": "Card of Lin"}
    session = world.setup_session(customer=customer, setup_intent_data=asked)
    answer = world.pay(session)
    assert (answer.status_code, answer.headers["location"]) == (303, f"http://shop.test/kept?session={session.id}")
    done = again(world, session)
    assert (done.status, done.payment_status, done.payment_intent, done.url) == (
        "complete",
        "no_payment_required",
        None,
        None,
    )
    intent = done.setup_intent
    assert (intent.status, intent.customer, intent.usage) == ("succeeded", customer, "off_session")
    assert (intent.metadata["member"], intent.description) == ("7", "Card of Lin")
    assert kept(world, customer) == [intent.payment_method.id]
    assert setup_events(world) == ["setup_intent.created", "payment_method.attached", "setup_intent.succeeded"]
    told = receiver.wait_for("checkout.session.completed")["data"]["object"]
    assert (told["id"], told["setup_intent"], told["mode"]) == (session.id, intent.id, "setup")
    assert (world.count("charge"), world.count("payment_intent")) == (0, 0)
    assert charge_later(world, customer, intent.payment_method.id).status == "succeeded"
    assert "已经保存好了" in world.browser.get(f"/c/pay/{session.id}").text


def test_a_new_customer_is_made_for_the_card(world):
    session = world.setup_session()
    world.pay(session, email="mei@example.com")
    done = again(world, session)
    assert world.stripe.v1.customers.retrieve(done.customer).email == "mei@example.com"
    assert kept(world, done.customer) == [done.setup_intent.payment_method.id]


def test_a_declined_card_stays_on_the_page(world, customer):
    session = world.setup_session(customer=customer)
    answer = world.pay(session, DECLINED)
    assert (answer.status_code, "这张卡被银行拒绝了，没有保存" in answer.text) == (402, True)
    still = again(world, session)
    assert (still.status, still.setup_intent.last_setup_error.code) == ("open", "card_declined")
    assert world.pay(session).status_code == 303
    assert world.pay(session).status_code == 303
    assert len(kept(world, customer)) == 1


@pytest.mark.parametrize(("number", "later"), [(UNTIL_SET_UP, "succeeded"), (ALWAYS, None), (GOOD, "succeeded")])
def test_the_bank_is_asked_now_and_perhaps_later(world, customer, number, later):
    session = world.setup_session(customer=customer)
    answer = world.pay(session, number)
    if "/3ds/" in answer.headers["location"]:
        assert again(world, session).status == "open"
        answer = world.prove(answer.headers["location"])
    assert answer.headers["location"].startswith("http://shop.test/kept")
    method = again(world, session).setup_intent.payment_method.id
    if later:
        assert charge_later(world, customer, method).status == later
    else:
        with pytest.raises(stripe.CardError):
            charge_later(world, customer, method)


def test_a_failed_proof_leads_back_and_another_card_is_kept(world, customer):
    session = world.setup_session(customer=customer)
    back = world.prove(world.pay(session, ALWAYS).headers["location"], "fail").headers["location"]
    assert "卡没有保存" in world.browser.get(back).text
    assert kept(world, customer) == []
    world.pay(session, BAD_LATER)
    assert (again(world, session).status, len(kept(world, customer))) == ("complete", 1)


def test_only_cards_can_be_kept(world, customer):
    session = world.setup_session(customer=customer)
    assert world.pay(session, method="alipay").status_code == 400
    assert again(world, session).status == "open"


def test_it_expires_and_keeps_nothing(world, customer, receiver):
    late, told = (world.setup_session(customer=customer, expires_at=int(time.time()) + 1800) for _ in range(2))
    world.stripe.v1.checkout.sessions.expire(told.id)
    assert "没有保存任何卡" in world.browser.get(f"/c/pay/{told.id}").text
    asked_by_the_bank = world.pay(late, ALWAYS).headers["location"]
    world.advance(1801)
    receiver.wait_for("checkout.session.expired", times=2)
    assert [again(world, one).status for one in (late, told)] == ["expired", "expired"]
    assert [again(world, one).setup_intent.status for one in (late, told)] == ["canceled", "canceled"]
    world.prove(asked_by_the_bank)
    assert kept(world, customer) == []
    receiver.wait_for("setup_intent.canceled", times=2)


def test_its_intent_is_left_to_the_session(world, customer):
    intent = world.setup_session(customer=customer).setup_intent
    setups = world.stripe.v1.setup_intents
    for meddle in (
        setups.cancel,
        setups.confirm,
        lambda one: setups.update(one, {"payment_method": "pm_card_visa"}),
    ):
        with pytest.raises(stripe.InvalidRequestError, match="Checkout Session"):
            meddle(intent)


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"line_items": [{"price": "price_1", "quantity": 1}]}, "line_items"),
        ({"payment_intent_data": {"description": "x"}}, "payment_intent_data"),
        ({"submit_type": "pay"}, "submit_type"),
        ({"currency": None}, "currency"),
        ({"customer_creation": "if_required"}, "customer"),
        ({"success_url": None}, "success_url"),
        ({"allowed_payment_method_types": ["alipay"]}, "allowed_payment_method_types"),
        ({"mode": "payment", "setup_intent_data": {"description": "x"}}, "setup_intent_data"),
        ({"mode": "subscription"}, "mode"),
    ],
)
def test_what_does_not_go_with_it_is_refused(world, wrong, param):
    asked = {"mode": "setup", "currency": "cny", "success_url": "http://shop.test/", "customer_creation": "always"}
    asked = {name: value for name, value in {**asked, **wrong}.items() if value is not None}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        world.stripe.v1.checkout.sessions.create(asked)
    assert refused.value.param == param
    assert world.count("setup_intent") == 0


def test_named_methods_do_instead_of_a_currency(world, customer):
    asked = {"mode": "setup", "customer": customer, "success_url": "http://shop.test/"}
    session = world.stripe.v1.checkout.sessions.create({**asked, "allowed_payment_method_types": ["card", "alipay"]})
    assert (session.currency, session.payment_method_types) == (None, ["card"])


def test_a_kept_card_may_ask_to_be_kept_by_a_payment_too(world, customer):
    world.pay(world.setup_session(customer=customer))
    world.paid(customer=customer, payment_method_options=LATER)
    assert len(kept(world, customer)) == 2
