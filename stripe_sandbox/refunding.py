"""Giving money back: made, settled later, or failed later."""

from typing import Any

from stripe_sandbox.cards import BY_KEY
from stripe_sandbox.charging import book
from stripe_sandbox.currencies import written
from stripe_sandbox.errors import NotInThisState, StripeError
from stripe_sandbox.events import emit, emit_update
from stripe_sandbox.ids import new_id, token
from stripe_sandbox.store import Tx

SETTLE_SECONDS = 5.0


def unrefunded(charge: dict[str, Any]) -> int:
    return charge["amount_captured"] - charge["amount_refunded"]


def refund(
    tx: Tx,
    charge: dict[str, Any],
    *,
    amount: int | None,
    reason: str | None,
    metadata: dict[str, str],
    more: dict[str, Any],
) -> dict[str, Any]:
    """Raises StripeError when the charge failed, is wholly refunded, or has less than `amount` left."""
    amount = bounded(charge, amount)
    instrument = BY_KEY[tx.inner(charge["id"])["instrument"]]
    entry_from = tx.get("balance_transaction", charge["balance_transaction"])
    made = new_refund(tx, charge, amount, reason, metadata) | more
    if instrument.refund == "pending":
        made |= {"status": "pending", "pending_reason": "processing"}
    entry = book(
        tx,
        kind="refund",
        category="refund",
        source={**made, "description": "REFUND FOR CHARGE"},
        amount=-amount,
        fee=0,
        available_on=max(tx.now, entry_from["available_on"]),
    )
    made["balance_transaction"] = entry["id"]
    tx.add(made)
    tx.set_timer(f"refund_{instrument.refund}", made["id"], tx.time + tx.setting("settle_seconds", SETTLE_SECONDS))
    changed = tx.save({**charge, **after(charge, amount)})
    emit(tx, "refund.created", made)
    emit_update(tx, "charge.refunded", charge, changed)
    return made


def bounded(charge: dict[str, Any], amount: int | None) -> int:
    left = unrefunded(charge)
    if charge["status"] != "succeeded":
        raise NotInThisState(
            f"This charge ({charge['id']}) is not successful, so it cannot be refunded.", param="charge"
        )
    if left == 0:
        raise NotInThisState(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if amount is not None and amount > left:
        asked, rest = written(amount, charge["currency"]), written(left, charge["currency"])
        raise StripeError(
            f"Refund amount ({asked}) is greater than unrefunded amount on charge ({rest})", param="amount"
        )
    return left if amount is None else amount


def after(charge: dict[str, Any], amount: int) -> dict[str, Any]:
    refunded = charge["amount_refunded"] + amount
    return {"amount_refunded": refunded, "refunded": refunded == charge["amount_captured"]}


def new_refund(
    tx: Tx, charge: dict[str, Any], amount: int, reason: str | None, metadata: dict[str, str]
) -> dict[str, Any]:
    kind = charge["payment_method_details"]["type"]
    card = {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"}
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": tx.now,
        "currency": charge["currency"],
        "destination_details": {"type": kind, kind: card if kind == "card" else {}},
        "metadata": metadata,
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def reference_arrives(tx: Tx, refund_id: str) -> None:
    """Seconds after a card refund the bank's reference is known; nothing about the money changes."""
    old = tx.get("refund", refund_id)
    card = {**old["destination_details"]["card"], "reference": token(23), "reference_status": "available"}
    tell(tx, old, tx.save({**old, "destination_details": {"type": "card", "card": card}}))


def refund_succeeds(tx: Tx, refund_id: str) -> None:
    old = tx.get("refund", refund_id)
    if old["status"] == "pending":
        new = {key: value for key, value in old.items() if key != "pending_reason"} | {"status": "succeeded"}
        tell(tx, old, tx.save(new))


def refund_fails(tx: Tx, refund_id: str, reason: str = "expired_or_canceled_card") -> None:
    """The bank sends it back: the money is on the balance again and the charge counts as unrefunded by that much."""
    old = tx.get("refund", refund_id)
    if old["status"] == "failed":
        return
    charge = tx.get("charge", old["charge"])
    entry = book(
        tx,
        kind="refund_failure",
        category="refund_failure",
        source={**old, "description": "REFUND FAILURE"},
        amount=old["amount"],
        fee=0,
        available_on=tx.now,
    )
    failure = {"status": "failed", "failure_reason": reason, "failure_balance_transaction": entry["id"]}
    new = tx.save({**old, **failure})
    changed = tx.save({**charge, **after(charge, -old["amount"])})
    tell(tx, old, new)
    emit(tx, "refund.failed", new)
    emit_update(tx, "charge.updated", charge, changed)


def tell(tx: Tx, old: dict[str, Any], new: dict[str, Any]) -> None:
    emit_update(tx, "refund.updated", old, new)
    emit_update(tx, "charge.refund.updated", old, new)


TIMERS = {"refund_now": reference_arrives, "refund_pending": refund_succeeds, "refund_fails": refund_fails}
