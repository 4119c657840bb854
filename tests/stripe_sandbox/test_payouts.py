"""Money leaves for a bank account: asked for or by itself, and sometimes the bank sends it back."""

import pytest
import stripe

from tests.stripe_sandbox.platform import (
    AT_ONCE,
    CLOSED_BANK,
    GOOD_BANK,
    acting,
    charged,
    has,
    heard,
    moved,
    new_account,
    ready_account,
)
from tests.stripe_sandbox.world import Process, World

STEP = 60


def pay_out(world, account, amount, **more):
    options = acting(account) if account else None
    return world.stripe.v1.payouts.create({"amount": amount, "currency": "cny", **more}, options=options)


def again(world, account, payout):
    return world.stripe.v1.payouts.retrieve(payout.id, options=acting(account) if account else None)


def full_account(world, amount=2000, **more):
    account = ready_account(world, **more)
    moved(world, account, amount)
    return account


def test_a_payout_goes_its_way(world, connect_receiver):
    account = full_account(world)
    made = pay_out(world, account, 1500, metadata={"week": "3"}, statement_descriptor="WOZAI", description="week 3")
    assert (made.status, made.automatic, made.method, made.type) == ("pending", False, "standard", "bank_account")
    assert (made.metadata["week"], made.statement_descriptor, made.description) == ("3", "WOZAI", "week 3")
    assert made.destination == account.external_accounts.data[0].id
    assert has(world, account) == (500, 0)
    world.advance(STEP)
    assert again(world, account, made).status == "in_transit"
    world.advance(STEP)
    assert again(world, account, made).status == "paid"
    told = connect_receiver.wait_for("payout.paid")
    assert (told["account"], told["data"]["object"]["id"]) == (account.id, made.id)
    connect_receiver.wait_for("payout.updated", times=2)
    [entry] = world.stripe.v1.balance_transactions.list({"type": "payout"}, options=acting(account)).data
    assert (entry.amount, entry.source, entry.reporting_category) == (-1500, made.id, "payout")


def test_a_closed_bank_account_sends_it_back(world, connect_receiver):
    account = full_account(world, bank=CLOSED_BANK)
    made = pay_out(world, account, 2000)
    world.advance(STEP)
    world.advance(STEP)
    failed = world.stripe.v1.payouts.retrieve(
        made.id, {"expand": ["failure_balance_transaction", "destination"]}, options=acting(account)
    )
    assert (failed.status, failed.failure_code, failed.failure_message) == (
        "failed",
        "account_closed",
        "The bank account has been closed",
    )
    assert (failed.failure_balance_transaction.type, failed.failure_balance_transaction.amount) == (
        "payout_failure",
        2000,
    )
    assert (failed.destination.status, has(world, account)) == ("errored", (2000, 0))
    connect_receiver.wait_for("payout.failed")
    connect_receiver.wait_for("account.external_account.updated")
    heard(connect_receiver, "account.updated", payouts_enabled=False)
    seen = world.stripe.v1.accounts.retrieve(account.id)
    assert seen.payouts_enabled is False
    assert (seen.requirements.currently_due, seen.capabilities.transfers) == (["external_account"], "active")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        pay_out(world, account, 2000)
    assert refused.value.code == "payouts_not_allowed"


def test_a_new_bank_account_lets_it_go_again(world):
    account = full_account(world, bank=CLOSED_BANK)
    world.control(f"payouts/{pay_out(world, account, 2000).id}/fail")
    world.control(f"accounts/{account.id}/verify", bank=GOOD_BANK)
    assert world.stripe.v1.accounts.retrieve(account.id).payouts_enabled is True
    made = pay_out(world, account, 2000)
    assert world.control(f"payouts/{made.id}/pay")["status"] == "paid"


def test_never_more_than_is_available(world):
    account = full_account(world, 2000)
    world.stripe.v1.transfers.create(
        {"amount": 900, "currency": "cny", "destination": account.id, "source_transaction": charged(world).id}
    )
    assert has(world, account) == (2000, 900)
    for amount in (2001, 10**7):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            pay_out(world, account, amount)
        assert refused.value.code == "balance_insufficient"
    pay_out(world, account, 2000)
    with pytest.raises(stripe.InvalidRequestError):
        pay_out(world, account, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "0"},
        {"currency": "usd"},
        {"destination": "ba_none"},
        {"method": "instant"},
        {"statement_descriptor": "x" * 23},
        {"source_type": "card"},
    ],
)
def test_a_wrong_payout_is_refused(world, wrong):
    account = full_account(world)
    with pytest.raises(stripe.InvalidRequestError):
        pay_out(world, account, **{"amount": 100, **wrong})
    assert (world.count("payout"), has(world, account)) == (0, (2000, 0))


def test_an_account_that_is_not_ready_pays_nothing_out(world):
    account = new_account(world)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        pay_out(world, account, 100)
    assert refused.value.code == "payouts_not_allowed"


def test_only_a_pending_payout_can_be_taken_back(world, connect_receiver):
    account = full_account(world)
    payouts, options = world.stripe.v1.payouts, acting(account)
    made = pay_out(world, account, 500)
    canceled = payouts.cancel(made.id, {"expand": ["failure_balance_transaction"]}, options=options)
    assert (canceled.status, canceled.failure_balance_transaction.type) == ("canceled", "payout_cancel")
    assert has(world, account) == (2000, 0)
    connect_receiver.wait_for("payout.canceled")
    late = pay_out(world, account, 500)
    world.advance(STEP)
    for gone in (made, late):
        with pytest.raises(stripe.InvalidRequestError, match="only be canceled while"):
            payouts.cancel(gone.id, options=options)
    assert again(world, account, made).status == "canceled"


def test_payouts_are_found_and_changed(world):
    account = full_account(world)
    made, other = pay_out(world, account, 500), pay_out(world, account, 600)
    world.control(f"payouts/{made.id}/pay")
    payouts, options = world.stripe.v1.payouts, acting(account)
    assert [one.id for one in payouts.list({"status": "paid"}, options=options).data] == [made.id]
    assert [one.id for one in payouts.list({"destination": made.destination}, options=options).data] == [
        other.id,
        made.id,
    ]
    assert payouts.update(made.id, {"metadata": {"a": "b"}}, options=options).metadata["a"] == "b"
    assert payouts.list().data == []


def test_the_platform_pays_out_as_well(world, receiver):
    charged(world, 3000, AT_ONCE)
    left = has(world)[0]
    made = pay_out(world, None, left)
    world.advance(STEP)
    world.advance(STEP)
    assert (again(world, None, made).status, has(world)) == ("paid", (0, 0))
    assert "account" not in receiver.wait_for("payout.paid")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        pay_out(world, None, 1)
    assert refused.value.code == "balance_insufficient"


def test_a_failed_payout_of_the_platform_comes_back(world):
    charged(world, 3000, AT_ONCE)
    left = has(world)[0]
    made = pay_out(world, None, left)
    assert world.control(f"payouts/{made.id}/fail")["failure_code"] == "account_closed"
    assert has(world) == (left, 0)


def test_a_bank_may_send_back_what_looked_paid_but_only_once(world):
    account = full_account(world)
    made = pay_out(world, account, 2000)
    world.control(f"payouts/{made.id}/pay")
    world.control(f"payouts/{made.id}/fail")
    assert has(world, account) == (2000, 0)
    for outcome in ("fail", "pay"):
        assert world.browser.post(f"/_sandbox/payouts/{made.id}/{outcome}", json={}).status_code == 400
    assert world.browser.post("/_sandbox/payouts/po_none/fail", json={}).status_code == 404
    assert has(world, account) == (2000, 0)


def test_each_day_what_is_available_goes_by_itself(world, connect_receiver):
    account = full_account(world, 2000, interval="daily")
    manual = full_account(world, 700)
    world.advance(86_400)
    [made] = world.stripe.v1.payouts.list(options=acting(account)).data
    assert (made.amount, made.automatic, made.reconciliation_status) == (2000, True, "completed")
    assert (has(world, account), has(world, manual)) == ((0, 0), (700, 0))
    connect_receiver.wait_for("payout.created")
    moved(world, account, 600)
    world.advance(86_400)
    newest = world.stripe.v1.payouts.list(options=acting(account)).data
    assert [one.amount for one in newest] == [600, 2000]
    assert newest[1].status == "paid"


def test_a_schedule_that_became_manual_pays_nothing_by_itself(world):
    account = full_account(world, 2000, interval="daily")
    schedule = {"payouts": {"schedule": {"interval": "manual"}}}
    world.stripe.v1.accounts.update(account.id, {"settings": schedule})
    world.advance(2 * 86_400)
    assert has(world, account) == (2000, 0)


def test_a_schedule_that_became_daily_pays_from_the_next_day_on(world):
    account = full_account(world, 2000)
    schedule = {"payouts": {"schedule": {"interval": "daily"}}}
    world.stripe.v1.accounts.update(account.id, {"settings": schedule})
    assert has(world, account) == (2000, 0)
    world.advance(86_400)
    assert has(world, account) == (0, 0)


def test_the_automatic_payouts_can_be_run_now(world):
    daily = full_account(world, 2000, interval="daily")
    full_account(world, 700)
    off = full_account(world, 500, interval="daily")
    world.control(f"accounts/{off.id}/require", fields=["external_account"])
    gone = full_account(world, 400, interval="daily")
    world.control(f"accounts/{gone.id}/deauthorize")
    made = world.control("payouts/run")["payouts"]
    assert [(one["amount"], one["destination"]) for one in made] == [(2000, daily.external_accounts.data[0].id)]
    assert world.control("payouts/run")["payouts"] == []


def test_what_was_under_way_goes_on_after_a_kill(tmp_path):
    process = Process(tmp_path / "s.sqlite3", "--settle-seconds", str(STEP))
    world = World(process.url)
    account = full_account(world, bank=CLOSED_BANK)
    made = pay_out(world, account, 2000)
    world.advance(STEP)
    process.kill()
    process.start()
    assert (again(world, account, made).status, has(world, account)) == ("in_transit", (0, 0))
    world.advance(STEP)
    assert (again(world, account, made).status, has(world, account)) == ("failed", (2000, 0))
    process.stop()
    assert world.http.problems == []
