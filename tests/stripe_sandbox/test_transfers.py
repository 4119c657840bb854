"""Money passed on to connected accounts and taken back: never more than there is, and every fen has its entry."""

import threading

import httpx
import pytest
import stripe

from tests.stripe_sandbox.platform import (
    AT_ONCE,
    acting,
    charged,
    has,
    moved,
    new_account,
    ready_account,
    total,
)
from tests.stripe_sandbox.world import DECLINED


def transfer(world, account, amount, **more):
    asked = {"amount": amount, "currency": "cny", "destination": account.id, **more}
    return world.stripe.v1.transfers.create(asked)


def reverse(world, made, **asked):
    return world.stripe.v1.transfers.reversals.create(made.id, asked)


def test_money_of_a_charge_goes_on_and_waits_for_the_charge(world):
    account, charge = ready_account(world), charged(world, 3000)
    fee = charge.balance_transaction.fee
    made = transfer(world, account, 2000, source_transaction=charge.id, metadata={"booking": "7"}, description="share")
    assert (made.amount, made.reversed, made.amount_reversed, made.source_type) == (2000, False, 0, "card")
    assert (made.source_transaction, made.metadata["booking"], made.description) == (charge.id, "7", "share")
    assert (has(world), has(world, account)) == ((0, 1000 - fee), (0, 2000))
    world.advance(2 * 86_400)
    assert (has(world), has(world, account)) == ((1000 - fee, 0), (2000, 0))


def test_both_sides_have_their_entry(world):
    account, charge = ready_account(world), charged(world, 3000)
    made = transfer(world, account, 2000, source_transaction=charge.id)
    whole = ["balance_transaction", "destination", "destination_payment.balance_transaction", "source_transaction"]
    seen = world.stripe.v1.transfers.retrieve(made.id, {"expand": whole})
    paid, payment = seen.balance_transaction, seen.destination_payment
    assert (paid.type, paid.reporting_category, paid.amount, paid.source) == ("transfer", "transfer", -2000, made.id)
    assert (payment.id[:3], payment.source_transfer, payment.amount) == ("py_", made.id, 2000)
    got = payment.balance_transaction
    assert (got.type, got.amount, got.fee, got.available_on) == ("payment", 2000, 0, paid.available_on)
    assert (paid.available_on, seen.destination.id) == (charge.balance_transaction.available_on, account.id)
    mine = world.stripe.v1.balance_transactions.list({"type": "payment"}, options=acting(account)).data
    assert [one.id for one in mine] == [got.id]


def test_the_group_of_a_transfer_is_that_of_its_charge(world):
    account = ready_account(world)
    grouped = charged(world, payment_intent_data={"transfer_group": "booking-7"})
    loose = charged(world)
    assert transfer(world, account, 100, source_transaction=grouped.id).transfer_group == "booking-7"
    assert transfer(world, account, 100, source_transaction=loose.id).transfer_group == f"group_{loose.payment_intent}"
    charged(world, 3000, AT_ONCE)
    assert transfer(world, account, 100, transfer_group="own").transfer_group == "own"
    assert transfer(world, account, 100).transfer_group is None


def test_never_more_than_the_charge_was(world):
    one, other, charge = ready_account(world), ready_account(world), charged(world, 3000)
    with pytest.raises(stripe.InvalidRequestError, match=r"must not exceed the source amount of ¥30\.00\.$") as refused:
        transfer(world, one, 3001, source_transaction=charge.id)
    assert refused.value.param == "amount"
    transfer(world, one, 2000, source_transaction=charge.id)
    with pytest.raises(stripe.InvalidRequestError, match=r"already a transfer using this source, amounting to ¥20\.00"):
        transfer(world, other, 1001, source_transaction=charge.id)
    back = transfer(world, other, 1000, source_transaction=charge.id)
    with pytest.raises(stripe.InvalidRequestError, match="already 2 transfers"):
        transfer(world, one, 1, source_transaction=charge.id)
    reverse(world, back, amount=400)
    transfer(world, one, 400, source_transaction=charge.id)
    assert (total(world, one), total(world, other)) == (2400, 600)


def test_many_at_once_never_exceed_the_charge(world):
    account, charge = ready_account(world), charged(world, 3000)
    asked = {"amount": "2000", "currency": "cny", "destination": account.id, "source_transaction": charge.id}
    threads = [threading.Thread(target=world.raw.post, args=("/v1/transfers",), kwargs={"data": asked}) for _ in "1234"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (world.count("transfer"), total(world, account)) == (1, 2000)


@pytest.mark.parametrize("status", ["currency", "charge", "declined"])
def test_a_source_that_does_not_fit_is_refused(world, status):
    account, charge = ready_account(world), charged(world, 3000)
    world.pay(world.session(), DECLINED)
    failed = world.stripe.v1.charges.list().data[0].id
    wrong = {
        "currency": {"source_transaction": charge.id, "currency": "usd"},
        "charge": {"source_transaction": "ch_none"},
        "declined": {"source_transaction": failed},
    }
    with pytest.raises(stripe.InvalidRequestError) as refused:
        transfer(world, account, 100, **wrong[status])
    params = {"currency": "currency", "charge": "source_transaction", "declined": "source_transaction"}
    assert refused.value.param == params[status]
    assert world.count("transfer") == 0


def test_without_a_source_only_what_is_available_goes(world):
    account = ready_account(world)
    charged(world, 3000)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        transfer(world, account, 100)
    assert refused.value.code == "balance_insufficient"
    world.advance(2 * 86_400)
    left = has(world)[0]
    for amount in (left + 1, 10**7):
        with pytest.raises(stripe.InvalidRequestError):
            transfer(world, account, amount)
    with pytest.raises(stripe.InvalidRequestError):
        transfer(world, account, 100, currency="usd")
    transfer(world, account, left)
    assert (has(world), has(world, account)) == ((0, 0), (left, 0))


def test_who_may_not_receive_gets_nothing(world):
    charge, fresh, gone = charged(world, 3000), new_account(world), ready_account(world)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        transfer(world, fresh, 100, source_transaction=charge.id)
    assert refused.value.code == "insufficient_capabilities_for_transfer"
    world.control(f"accounts/{gone.id}/deauthorize")
    for destination in (gone.id, "acct_none", "self"):
        with pytest.raises(stripe.InvalidRequestError, match="No such destination") as refused:
            transfer(world, fresh, 100, source_transaction=charge.id, destination=destination)
        assert (refused.value.code, refused.value.param) == ("resource_missing", "destination")
    assert world.count("transfer") == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "0"},
        {"amount": "-5"},
        {"amount": "1.5"},
        {"currency": "xyz"},
        {"destination": ""},
        {"metadata": {"k": "v" * 501}},
        {"colour": "red"},
    ],
)
def test_a_wrong_transfer_is_refused(world, wrong):
    account, charge = ready_account(world), charged(world)
    with pytest.raises(stripe.InvalidRequestError):
        transfer(world, account, **{"amount": 100, "source_transaction": charge.id, **wrong})
    assert world.count("transfer") == 0


def test_transfers_are_found_changed_and_told(world, receiver):
    one, other = ready_account(world), ready_account(world)
    made = moved(world, one, 2000, transfer_group="a")
    moved(world, other, 1000, transfer_group="b")
    transfers = world.stripe.v1.transfers
    found = [
        {"destination": one.id},
        {"transfer_group": "a"},
        {"limit": 1, "starting_after": transfers.list().data[0].id},
    ]
    assert all([row.id for row in transfers.list(asked).data] == [made.id] for asked in found)
    assert transfers.list({"created": {"lt": made.created}}).data == []
    changed = transfers.update(made.id, {"description": "share", "metadata": {"a": "b"}})
    assert (changed.description, changed.metadata["a"]) == ("share", "b")
    assert receiver.wait_for("transfer.created", times=2)["data"]["object"]["object"] == "transfer"
    assert receiver.wait_for("transfer.updated")["data"]["previous_attributes"]["description"] is None


def test_a_part_comes_back_then_the_rest(world, receiver):
    account = ready_account(world)
    made = moved(world, account, 2000)
    before = total(world)
    part = reverse(world, made, amount=500, metadata={"case": "3"}, description="half", refund_application_fee=True)
    assert (part.amount, part.transfer, part.metadata["case"]) == (500, made.id, "3")
    assert (total(world) - before, has(world, account)) == (500, (1500, 0))
    told = receiver.wait_for("transfer.reversed")["data"]
    assert (told["object"]["amount_reversed"], told["previous_attributes"]["amount_reversed"]) == (500, 0)
    assert told["object"]["reversals"]["data"][0]["id"] == part.id
    rest = reverse(world, made)
    seen = world.stripe.v1.transfers.retrieve(made.id)
    assert (rest.amount, seen.reversed, [one.id for one in seen.reversals.data]) == (1500, True, [rest.id, part.id])
    assert (total(world) - before, has(world, account)) == (2000, (0, 0))


def test_both_sides_have_the_entry_of_a_reversal(world):
    account = ready_account(world)
    made = moved(world, account, 2000)
    whole = ["balance_transaction", "destination_payment_refund.balance_transaction", "transfer"]
    part = reverse(world, made, amount=500, expand=whole)
    got, refund = part.balance_transaction, part.destination_payment_refund
    assert (got.type, got.amount, got.reporting_category) == ("transfer_refund", 500, "transfer_reversal")
    assert (refund.id[:4], refund.charge, refund.balance_transaction.type) == (
        "pyr_",
        made.destination_payment,
        "payment_refund",
    )
    assert (refund.balance_transaction.amount, refund.source_transfer_reversal) == (-500, part.id)
    payment = world.stripe.v1.charges.retrieve(made.destination_payment, options=acting(account))
    assert (payment.amount_refunded, payment.refunded) == (500, False)


def test_never_more_comes_back_than_is_left(world):
    account = ready_account(world)
    made = moved(world, account, 2000)
    reverse(world, made, amount=1500)
    with pytest.raises(stripe.InvalidRequestError, match=r"\(¥5\.01\) is greater than unreversed amount") as refused:
        reverse(world, made, amount=501)
    assert refused.value.param == "amount"
    reverse(world, made)
    with pytest.raises(stripe.InvalidRequestError, match="already fully reversed"):
        reverse(world, made)
    assert has(world, account) == (0, 0)


def test_what_was_paid_out_cannot_come_back(world):
    account = ready_account(world)
    made = moved(world, account, 2000)
    world.stripe.v1.payouts.create({"amount": 1500, "currency": "cny"}, options=acting(account))
    with pytest.raises(stripe.InvalidRequestError) as refused:
        reverse(world, made)
    assert refused.value.code == "balance_insufficient"
    reverse(world, made, amount=500)
    assert (has(world, account), world.count("transfer_reversal")) == ((0, 0), 1)


def test_a_pending_payment_comes_back_while_it_is_pending(world):
    account, charge = ready_account(world), charged(world, 3000)
    made = transfer(world, account, 2000, source_transaction=charge.id)
    reverse(world, made, amount=800)
    assert has(world, account) == (0, 1200)
    world.advance(2 * 86_400)
    assert has(world, account) == (1200, 0)


def test_money_of_later_days_does_not_pay_for_a_reversal_now(world):
    account = ready_account(world)
    made = moved(world, account, 2000)
    world.stripe.v1.payouts.create({"amount": 2000, "currency": "cny"}, options=acting(account))
    transfer(world, account, 2000, source_transaction=charged(world, 3000).id)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        reverse(world, made)
    assert refused.value.code == "balance_insufficient"


def test_reversals_are_found_and_changed_within_their_transfer(world):
    account = ready_account(world)
    made, other = moved(world, account, 2000), moved(world, account, 1000)
    first, second = reverse(world, made, amount=100), reverse(world, made, amount=200)
    reversals = world.stripe.v1.transfers.reversals
    assert [one.id for one in reversals.list(made.id).data] == [second.id, first.id]
    assert reversals.list(other.id).data == []
    assert reversals.update(made.id, first.id, {"metadata": {"a": "b"}}).metadata["a"] == "b"
    assert reversals.retrieve(made.id, first.id).metadata["a"] == "b"
    for attempt in (lambda: reversals.retrieve(other.id, first.id), lambda: reversals.list("tr_none")):
        with pytest.raises(stripe.InvalidRequestError):
            attempt()


def test_the_account_must_still_be_connected_for_a_reversal(world):
    account = ready_account(world)
    made = moved(world, account, 2000)
    world.control(f"accounts/{account.id}/deauthorize")
    with pytest.raises(stripe.PermissionError):
        reverse(world, made)


def test_a_transfer_asked_for_twice_with_one_key_is_one(world):
    account, charge = ready_account(world), charged(world, 3000)
    asked = {"amount": 2000, "currency": "cny", "destination": account.id, "source_transaction": charge.id}
    made = [world.stripe.v1.transfers.create(asked, options={"idempotency_key": "share-7"}).id for _ in "12"]
    assert (made[0], world.count("transfer")) == (made[1], 1)


@pytest.mark.parametrize("kind", ["drop", "error_after"])
def test_a_transfer_whose_answer_was_lost_is_done_once(world, kind):
    account, charge = ready_account(world), charged(world, 3000)
    asked = {"amount": "2000", "currency": "cny", "destination": account.id, "source_transaction": charge.id}
    key = {"Idempotency-Key": "share-7"}
    world.control("faults", kind=kind, path="/v1/transfers")
    try:
        assert world.raw.post("/v1/transfers", data=asked, headers=key).status_code == 500
    except httpx.RemoteProtocolError:
        assert kind == "drop"
    again = world.raw.post("/v1/transfers", data=asked, headers=key)
    assert (again.status_code, again.headers["idempotent-replayed"]) == (200, "true")
    assert (world.count("transfer"), total(world, account)) == (1, 2000)
