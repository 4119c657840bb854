"""Money leaves for a bank account: asked for, or by itself each day; it arrives, or the bank sends it back."""

from typing import Any

from stripe_sandbox.charging import DAY, book
from stripe_sandbox.connect.accounts import accessible, connected, reassess
from stripe_sandbox.connect.banks import CLOSED, FATES, Fate, bank_of, platform_bank, sent_back
from stripe_sandbox.errors import NoSuchObject, NotInThisState, StripeError
from stripe_sandbox.events import emit, emit_update
from stripe_sandbox.ids import new_id
from stripe_sandbox.ledger import must_have, sums
from stripe_sandbox.refunding import SETTLE_SECONDS
from stripe_sandbox.store import Tx

KIND = "payout"
UNDER_WAY = ("pending", "in_transit")


def pay_out(
    tx: Tx,
    *,
    amount: int,
    currency: str,
    bank: dict[str, Any],
    automatic: bool = False,
    metadata: dict[str, str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A pending payout; the money is off the balance. Raises StripeError `balance_insufficient`."""
    must_have(tx, amount, currency)
    made = new_payout(tx, amount, currency, bank, automatic=automatic, metadata=metadata or {}) | more
    made["balance_transaction"] = entry(tx, made, "payout", -amount, "STRIPE PAYOUT")["id"]
    tx.add(made, {"number": tx.inner(bank["id"])["number"]})
    tx.set_timer("payout_leaves", made["id"], tx.time + step(tx))
    emit(tx, "payout.created", made)
    return made


def step(tx: Tx) -> float:
    return tx.setting("settle_seconds", SETTLE_SECONDS)


def entry(tx: Tx, payout: dict[str, Any], kind: str, amount: int, words: str) -> dict[str, Any]:
    category = "payout" if kind == "payout" else "payout_reversal"
    source = {**payout, "description": words}
    return book(tx, kind=kind, category=category, source=source, amount=amount, fee=0, available_on=tx.now)


def new_payout(
    tx: Tx, amount: int, currency: str, bank: dict[str, Any], *, automatic: bool, metadata: dict[str, str]
) -> dict[str, Any]:
    return {
        "id": new_id("po"),
        "object": KIND,
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": int(tx.time + 2 * step(tx)),
        "automatic": automatic,
        "balance_transaction": None,
        "created": tx.now,
        "currency": currency,
        "description": "STRIPE PAYOUT" if automatic else None,
        "destination": bank["id"],
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": metadata,
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "completed" if automatic else "not_applicable",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": None,
        "status": "pending",
        "trace_id": None,
        "type": "bank_account",
    }


def destination(tx: Tx, currency: str, wanted: str | None) -> dict[str, Any]:
    """Where a payout of this asker can go. Raises StripeError when it cannot go anywhere."""
    if not tx.origin.account:
        bank: dict[str, Any] | None = platform_bank(tx)
    else:
        may_pay_out(accessible(tx, tx.origin.account))
        bank = bank_of(tx)
    if bank is None or bank["currency"] != currency:
        raise StripeError(f"Sorry, you don't have any external accounts in that currency ({currency}).")
    if wanted not in (None, bank["id"]):
        raise NoSuchObject("external account", wanted or "", param="destination")
    return bank


def may_pay_out(account: dict[str, Any]) -> None:
    if not account["payouts_enabled"]:
        raise StripeError(
            "Payouts have been disabled on the connected account. Check the account's requirements to see whether "
            "more information is needed.",
            code="payouts_not_allowed",
        )


def cancel(tx: Tx, payout: dict[str, Any]) -> dict[str, Any]:
    """Raises NotInThisState once it has left."""
    if payout["status"] != "pending":
        raise NotInThisState(
            f"Payouts can only be canceled while they are pending; this one has status {payout['status']}."
        )
    back = entry(tx, payout, "payout_cancel", payout["amount"], "STRIPE PAYOUT CANCELED")
    new = tx.save({**payout, "status": "canceled", "failure_balance_transaction": back["id"]})
    emit_update(tx, "payout.canceled", payout, new)
    return new


def leaves(tx: Tx, payout_id: str) -> None:
    home = tx.home(payout_id)
    payout = home.get(KIND, payout_id)
    if payout["status"] == "pending":
        emit_update(home, "payout.updated", payout, home.save({**payout, "status": "in_transit"}))
        tx.set_timer("payout_arrives", payout_id, payout["arrival_date"])


def arrives(tx: Tx, payout_id: str) -> None:
    """Paid, or what the number of its bank account says."""
    home = tx.home(payout_id)
    if home.get(KIND, payout_id)["status"] == "in_transit":
        fate = FATES[tx.inner(payout_id)["number"]]
        fail(tx, payout_id, fate) if fate.code else succeed(tx, payout_id)


def succeed(tx: Tx, payout_id: str) -> dict[str, Any]:
    """Raises NotInThisState unless it is under way."""
    home = tx.home(payout_id)
    payout = home.get(KIND, payout_id)
    if payout["status"] not in UNDER_WAY:
        raise NotInThisState(f"This payout has status {payout['status']}.")
    return told(home, "payout.paid", payout, {"status": "paid"})


def fail(tx: Tx, payout_id: str, fate: Fate = CLOSED) -> dict[str, Any]:
    """The money is on the balance again, and no more is sent to that bank account. Banks may say so even of a payout
    that looked paid. Raises NotInThisState when it has failed or was canceled."""
    home = tx.home(payout_id)
    payout = home.get(KIND, payout_id)
    if payout["status"] in ("failed", "canceled"):
        raise NotInThisState(f"This payout has status {payout['status']}.")
    back = entry(home, payout, "payout_failure", payout["amount"], "STRIPE PAYOUT FAILURE")
    failure = {"failure_code": fate.code, "failure_message": fate.message, "failure_balance_transaction": back["id"]}
    failed = told(home, "payout.failed", payout, {**failure, "status": "failed"})
    sent_back(home, payout["destination"])
    if home.origin.account:
        reassess(tx, home.origin.account)
    return failed


def told(home: Tx, event: str, payout: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    new = home.save({**payout, **changes})
    emit_update(home, "payout.updated", payout, new)
    emit_update(home, event, payout, new)
    return new


def pays_out_daily(account: dict[str, Any]) -> bool:
    return account["settings"]["payouts"]["schedule"]["interval"] == "daily"


def set_daily_timer(tx: Tx, account_id: str) -> None:
    """At the next midnight UTC."""
    tx.set_timer("pay_out_daily", account_id, (tx.now // DAY + 1) * DAY)


def day_has_come(tx: Tx, account_id: str) -> None:
    """Ends by itself once the schedule is another or the account is gone."""
    account = connected(tx, account_id)
    if account and pays_out_daily(account):
        pay_out_all(tx, account)
        set_daily_timer(tx, account_id)


def pay_out_all(tx: Tx, account: dict[str, Any]) -> list[dict[str, Any]]:
    """What is available in the currency of its bank account; nothing while it may not pay out."""
    home = tx.within(account["id"])
    bank = bank_of(home)
    if bank is None or not account["payouts_enabled"]:
        return []
    parts = [(currency, amount) for currency, amount, _ in sums(home) if amount > 0 and currency == bank["currency"]]
    return [pay_out(home, amount=amount, currency=currency, bank=bank, automatic=True) for currency, amount in parts]


def run_now(tx: Tx) -> list[dict[str, Any]]:
    """The automatic payouts of all accounts that have a daily schedule."""
    accounts = [one for one in tx.find("account", newest_first=False) if connected(tx, one["id"])]
    return [payout for one in accounts if pays_out_daily(one) for payout in pay_out_all(tx, one)]


TIMERS = {"payout_leaves": leaves, "payout_arrives": arrives, "pay_out_daily": day_has_come}
