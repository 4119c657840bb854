"""Money goes back: never more than was taken, at once or later, and sometimes it comes home again."""

import threading

import pytest
import stripe

from tests.stripe_sandbox.world import DECLINED, FAILING_REFUND, GOOD, PENDING_REFUND


def refund(world, session, amount=None, **more):
    asked = {"payment_intent": session.payment_intent.id, **more}
    return world.stripe.v1.refunds.create({**asked, "amount": amount} if amount else asked)


def balance(world) -> int:
    whole = world.stripe.v1.balance.retrieve()
    return whole.available[0].amount + whole.pending[0].amount


def test_a_part_then_the_rest(world):
    paid = world.paid(amount=3000)
    part = refund(world, paid, 1000, reason="requested_by_customer", metadata={"booking": "1"})
    assert (part.status, part.amount, part.metadata["booking"]) == ("succeeded", 1000, "1")
    rest = refund(world, paid)
    assert rest.amount == 2000
    charge = world.stripe.v1.charges.retrieve(rest.charge)
    assert (charge.amount_refunded, charge.refunded) == (3000, True)


@pytest.mark.parametrize("amount", [3001, 10**9])
def test_never_more_than_is_left(world, amount):
    paid = world.paid(amount=3000)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount") as refused:
        refund(world, paid, amount)
    assert refused.value.param == "amount"
    refund(world, paid, 2500)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        refund(world, paid, 501)
    refund(world, paid, 500)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        refund(world, paid, 1)
    assert refused.value.code == "charge_already_refunded"


@pytest.mark.parametrize("amount", ["0", "-1", "1.5"])
def test_an_amount_is_a_positive_integer(world, amount):
    paid = world.paid()
    answer = world.raw.post("/v1/refunds", data={"payment_intent": paid.payment_intent.id, "amount": amount})
    assert answer.json()["error"]["code"] == "parameter_invalid_integer"
    assert world.count("refund") == 0


def test_many_at_once_never_exceed_the_charge(world):
    paid = world.paid(amount=3000)

    def one():
        world.raw.post("/v1/refunds", data={"charge": paid.payment_intent.latest_charge.id, "amount": "700"})

    threads = [threading.Thread(target=one) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert world.count("refund") == 4
    assert world.stripe.v1.charges.retrieve(paid.payment_intent.latest_charge.id).amount_refunded == 2800


def test_what_was_never_paid_cannot_come_back(world):
    session = world.session()
    world.pay(session, DECLINED)
    failed = world.stripe.v1.charges.list().data[0]
    for named in ({"charge": failed.id}, {"payment_intent": failed.payment_intent}, {"charge": "ch_none"}, {}):
        with pytest.raises(stripe.InvalidRequestError):
            world.stripe.v1.refunds.create(named)
    assert world.count("refund") == 0


def test_both_or_another_currency_is_refused(world):
    intent = world.paid().payment_intent
    for wrong in ({"charge": intent.latest_charge.id}, {"currency": "usd"}):
        with pytest.raises(stripe.InvalidRequestError):
            world.stripe.v1.refunds.create({"payment_intent": intent.id, **wrong})


def test_the_balance_counts_every_fen(world):
    paid = world.paid(amount=3000)
    fee = paid.payment_intent.latest_charge.balance_transaction.fee
    assert balance(world) == 3000 - fee
    refund(world, paid, 1200)
    assert balance(world) == 1800 - fee
    entries = world.stripe.v1.balance_transactions.list()
    assert sum(entry.net for entry in entries.auto_paging_iter()) == balance(world)
    assert [(entry.type, entry.amount, entry.fee) for entry in entries.data] == [
        ("refund", -1200, 0),
        ("charge", 3000, fee),
    ]


def test_money_is_available_after_two_days(world):
    paid = world.paid(amount=3000)
    entry = paid.payment_intent.latest_charge.balance_transaction
    assert entry.status == "pending"
    assert world.stripe.v1.balance.retrieve().available[0].amount == 0
    world.advance(2 * 86_400)
    assert world.stripe.v1.balance.retrieve().available[0].amount == 3000 - entry.fee
    assert world.stripe.v1.balance_transactions.retrieve(entry.id).status == "available"


def test_the_events_of_a_refund(world, receiver):
    paid = world.paid()
    made = refund(world, paid, 1000)
    assert receiver.wait_for("refund.created")["data"]["object"]["id"] == made.id
    told = receiver.wait_for("charge.refunded")["data"]
    assert (told["object"]["amount_refunded"], told["previous_attributes"]["amount_refunded"]) == (1000, 0)
    world.advance(60)
    reference = receiver.wait_for("refund.updated")["data"]["object"]["destination_details"]["card"]
    assert reference["reference_status"] == "available"


def test_a_pending_refund_succeeds_later(world, receiver):
    made = refund(world, world.paid(PENDING_REFUND), 1000)
    assert (made.status, made.pending_reason) == ("pending", "processing")
    world.advance(60)
    assert receiver.wait_for("refund.updated")["data"]["object"]["status"] == "succeeded"
    assert world.stripe.v1.refunds.retrieve(made.id).status == "succeeded"


@pytest.mark.parametrize("method", ["alipay", "wechat_pay"])
def test_refunds_to_wallets_are_pending_first(world, method):
    made = refund(world, world.paid_by_wallet(method))
    assert made.status == "pending"
    world.advance(60)
    assert world.stripe.v1.refunds.retrieve(made.id).status == "succeeded"


def test_a_refund_may_fail_after_it_looked_done(world, receiver):
    paid = world.paid(FAILING_REFUND, amount=3000)
    before = balance(world)
    made = refund(world, paid, 1000)
    assert (made.status, balance(world)) == ("succeeded", before - 1000)
    world.advance(60)
    told = receiver.wait_for("refund.failed")["data"]["object"]
    assert (told["status"], told["failure_reason"]) == ("failed", "expired_or_canceled_card")
    assert balance(world) == before
    charge = world.stripe.v1.charges.retrieve(made.charge)
    assert (charge.amount_refunded, charge.refunded) == (0, False)
    whole = world.stripe.v1.refunds.retrieve(made.id, {"expand": ["failure_balance_transaction"]})
    assert (whole.failure_balance_transaction.amount, whole.failure_balance_transaction.type) == (
        1000,
        "refund_failure",
    )


@pytest.mark.parametrize(("outcome", "status"), [("succeed", "succeeded"), ("fail", "failed")])
def test_a_test_can_settle_a_refund_itself(world, outcome, status):
    made = refund(world, world.paid(PENDING_REFUND))
    assert world.control(f"refunds/{made.id}/{outcome}")["status"] == status
    world.advance(60)
    assert world.stripe.v1.refunds.retrieve(made.id).status == status


def test_metadata_can_be_changed_and_a_card_refund_not_be_taken_back(world):
    made = refund(world, world.paid(GOOD), 500)
    assert world.stripe.v1.refunds.update(made.id, {"metadata": {"note": "x"}}).metadata["note"] == "x"
    with pytest.raises(stripe.InvalidRequestError, match="requires_action"):
        world.stripe.v1.refunds.cancel(made.id)


def test_refunds_are_found_by_charge_and_intent(world):
    one, other = world.paid(), world.paid()
    made = refund(world, one, 500)
    refund(world, other, 500)
    refunds = world.stripe.v1.refunds
    assert [r.id for r in refunds.list({"charge": made.charge}).data] == [made.id]
    assert [r.id for r in refunds.list({"payment_intent": made.payment_intent}).data] == [made.id]
