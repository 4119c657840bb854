"""A payer at the hosted page: pays, is declined, comes late; and what the merchant then sees through the SDK."""

import threading
import time

import pytest
import stripe

from tests.stripe_sandbox.world import DECLINED, GOOD, NO_FUNDS


def test_an_open_session_has_a_page_and_no_payment_intent(world):
    session = world.session(client_reference_id="booking-1", metadata={"ref": "booking-1"})
    assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)
    assert (session.amount_total, session.currency, session.metadata["ref"]) == (3000, "cny", "booking-1")
    assert world.browser.get(session.url).status_code == 200


def test_paying_completes_it_and_leads_back_with_its_id(world):
    session = world.session()
    answer = world.pay(session)
    assert (answer.status_code, answer.headers["location"]) == (303, f"http://shop.test/ok?session={session.id}")
    paid = world.again(session)
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert paid.payment_intent.status == "succeeded"
    assert paid.payment_intent.amount_received == 3000


def test_a_charge_has_a_fee_and_a_net(world):
    charge = world.paid(amount=10_000).payment_intent.latest_charge
    entry = charge.balance_transaction
    assert (entry.amount, entry.fee, entry.net, entry.type) == (10_000, 575, 9425, "charge")
    assert (charge.payment_method_details.card.last4, charge.outcome.type) == ("4242", "authorized")


def test_what_the_merchant_asked_for_stands_on_the_intent(world):
    data = {"transfer_group": "booking-1", "metadata": {"booking": "1"}, "description": "30 分钟"}
    intent = world.paid(payment_intent_data=data).payment_intent
    assert (intent.transfer_group, intent.metadata["booking"], intent.description) == ("booking-1", "1", "30 分钟")
    assert intent.latest_charge.transfer_group == "booking-1"


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [(DECLINED, "generic_decline", "银行拒绝"), (NO_FUNDS, "insufficient_funds", "余额不足")],
)
def test_a_declined_card_stays_on_the_page_and_may_be_followed_by_a_good_one(world, number, code, words):
    session = world.session()
    answer = world.pay(session, number)
    assert answer.status_code == 402
    assert words in answer.text
    still = world.again(session)
    assert (still.status, still.payment_status, still.payment_intent) == ("open", "unpaid", None)
    assert world.event_types() == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]
    failed = world.stripe.v1.charges.list().data[0]
    assert (failed.status, failed.balance_transaction, failed.outcome.reason) == ("failed", None, code)
    assert world.pay(session).status_code == 303
    assert world.again(session).payment_intent.id == failed.payment_intent


def test_the_events_of_a_payment(world):
    world.paid()
    assert world.event_types() == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "charge.updated",
        "checkout.session.completed",
    ]


def test_a_number_that_is_no_test_card_is_declined_and_kept_nowhere(world):
    session = world.session()
    assert "只认测试卡" in world.pay(session, "4111111111111111").text
    assert world.count("charge") == 0
    assert world.again(session).status == "open"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("number", "4242", "完整的卡号"),
        ("number", "4242424242424243", "卡号有误"),
        ("number", "", "完整的卡号"),
        ("expiry", "13/34", "月/年"),
        ("expiry", "01/20", "过期"),
        ("cvc", "1x", "安全码"),
        ("email", "nobody", "邮箱"),
        ("method", "cash", "付款方式"),
    ],
)
def test_what_is_typed_wrong_is_said_at_its_field_and_nothing_is_tried(world, field, value, words):
    session = world.session()
    form = {"number": GOOD, field: value}
    answer = world.pay(session, form.pop("number"), **form)
    assert answer.status_code == 400
    assert words in answer.text
    assert world.count("payment_intent") == 0


@pytest.mark.parametrize("method", ["alipay", "wechat_pay"])
def test_a_wallet_pays_too(world, method):
    charge = world.paid_by_wallet(method).payment_intent.latest_charge
    assert (charge.payment_method_details.type, charge.status) == (method, "succeeded")


def test_ways_to_pay_are_filtered_and_a_wish_to_keep_the_method_leaves_cards_alone(world):
    allowed = world.session(allowed_payment_method_types=["card", "alipay", "klarna"])
    assert allowed.payment_method_types == ["card", "alipay"]
    kept = world.session(payment_intent_data={"setup_future_usage": "off_session"})
    assert kept.payment_method_types == ["card"]
    by_card = world.session(payment_method_options={"card": {"setup_future_usage": "off_session"}})
    assert by_card.payment_method_types == ["card", "alipay", "wechat_pay"]
    assert "支付宝" not in world.browser.get(kept.url).text


def test_a_card_kept_for_later_belongs_to_a_customer_and_pays_again_without_its_holder(world):
    session = world.paid(payment_method_options={"card": {"setup_future_usage": "off_session"}})
    topup = world.stripe.v1.payment_intents.create(
        {
            "amount": 1000,
            "currency": "cny",
            "customer": session.customer,
            "payment_method": session.payment_intent.payment_method,
            "confirm": True,
            "return_url": "http://shop.test/",
        }
    )
    assert topup.status == "succeeded"


def test_a_double_click_pays_once(world):
    session = world.session()
    answers = in_parallel(*[lambda: world.pay(session).status_code] * 8)
    assert answers == [303] * 8
    assert world.count("charge") == 1
    assert world.event_types().count("checkout.session.completed") == 1


def test_only_open_sessions_expire(world):
    paid = world.paid()
    with pytest.raises(stripe.InvalidRequestError, match="status of complete"):
        world.stripe.v1.checkout.sessions.expire(paid.id)
    session = world.session()
    assert world.stripe.v1.checkout.sessions.expire(session.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError, match="status of expired"):
        world.stripe.v1.checkout.sessions.expire(session.id)
    late = world.pay(session)
    assert late.status_code == 410
    assert "已过期" in late.text
    assert world.count("charge") == 1


def test_a_session_expires_by_itself_and_says_so(world, receiver):
    session = world.session(expires_at=int(time.time()) + 1800)
    world.pay(session, DECLINED)
    world.advance(1801)
    told = receiver.wait_for("checkout.session.expired")
    assert told["data"]["object"]["id"] == session.id
    assert world.pay(session).status_code == 410
    assert receiver.wait_for("payment_intent.canceled")["data"]["object"]["cancellation_reason"] == "expired"


@pytest.mark.parametrize("minutes", [20, 25 * 60])
def test_expires_at_is_half_an_hour_to_a_day_ahead(world, minutes):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        world.session(expires_at=int(time.time()) + minutes * 60)
    assert refused.value.param == "expires_at"


def test_expiry_and_payment_race_and_exactly_one_wins(world):
    won = {"paid": 0, "expired": 0}
    for _ in range(12):
        session = world.session()
        outcomes = in_parallel(lambda s=session: world.pay(s).status_code, lambda s=session: expired(world, s))
        end = world.again(session)
        assert (end.status, end.payment_status, outcomes) in [
            ("complete", "paid", [303, False]),
            ("expired", "unpaid", [410, True]),
        ]
        won["paid" if end.status == "complete" else "expired"] += 1
    types = world.event_types()
    assert types.count("checkout.session.completed") == world.count("charge") == won["paid"]
    assert types.count("checkout.session.expired") == won["expired"]


def test_line_items_are_listed_in_their_order(world):
    items = [
        {
            "price_data": {"currency": "cny", "unit_amount": n * 100, "product_data": {"name": f"第 {n} 项"}},
            "quantity": n,
        }
        for n in range(1, 6)
    ]
    session = world.session(line_items=items)
    assert session.amount_total == 5500
    first = world.stripe.v1.checkout.sessions.line_items.list(session.id, {"limit": 2})
    assert [item.description for item in first.data] == ["第 1 项", "第 2 项"]
    assert [item.quantity for item in first.auto_paging_iter()] == [1, 2, 3, 4, 5]


def test_sessions_are_found_by_intent_customer_status_and_email(world):
    sessions = world.stripe.v1.checkout.sessions
    customer = world.stripe.v1.customers.create({"email": "lin@example.com"})
    mine = world.paid(customer=customer.id)
    world.session()
    assert [s.id for s in sessions.list({"customer": customer.id}).data] == [mine.id]
    assert [s.id for s in sessions.list({"payment_intent": mine.payment_intent.id}).data] == [mine.id]
    assert [s.id for s in sessions.list({"status": "complete"}).data] == [mine.id]
    assert [s.id for s in sessions.list({"customer_details": {"email": "lin@example.com"}}).data] == [mine.id]


def expired(world, session) -> bool:
    try:
        return world.stripe.v1.checkout.sessions.expire(session.id).status == "expired"
    except stripe.InvalidRequestError:
        return False


def in_parallel(*works):
    results = [None] * len(works)
    barrier = threading.Barrier(len(works))

    def run(at, work):
        barrier.wait()
        results[at] = work()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
