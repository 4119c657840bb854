"""Passing money on to connected accounts, and taking it back."""

from typing import Any

from stripe_sandbox.blank import blank_charge
from stripe_sandbox.charging import approved_outcome, book
from stripe_sandbox.connect.accounts import accessible, connected
from stripe_sandbox.currencies import written
from stripe_sandbox.errors import NoSuchObject, NotInThisState, StripeError
from stripe_sandbox.events import emit, emit_update
from stripe_sandbox.ids import new_id
from stripe_sandbox.ledger import must_have
from stripe_sandbox.store import Tx

ALREADY = """
    SELECT count(*) AS n, coalesce(sum(json_extract(body, '$.amount') - json_extract(body, '$.amount_reversed')), 0)
    FROM objects WHERE kind = 'transfer' AND account = '' AND json_extract(body, '$.source_transaction') = ?
"""


def transfer(
    tx: Tx,
    *,
    amount: int,
    currency: str,
    destination: str,
    source: dict[str, Any] | None,
    metadata: dict[str, str],
    group: str | None = None,
    description: str | None = None,
) -> dict[str, Any]:
    """The money is the account's at once; it is available there when that of the source charge is here.

    Raises StripeError: destination unknown or without the capability, another currency than the charge's, more than
    is left of the charge (refunds do not count, what came back by reversals is left again), more than is available.
    """
    may_receive(tx, destination)
    if source is None:
        must_have(tx, amount, currency)
        available_on = tx.now
    else:
        check_source(tx, source, amount, currency)
        available_on = max(tx.now, tx.get("balance_transaction", source["balance_transaction"])["available_on"])
    made = new_transfer(tx, amount, currency, destination, source, metadata, group, description)
    entry = book(
        tx, kind="transfer", category="transfer", source=made, amount=-amount, fee=0, available_on=available_on
    )
    made["balance_transaction"] = entry["id"]
    made["destination_payment"] = receive(tx.within(destination), made, available_on)["id"]
    tx.add(made)
    emit(tx, "transfer.created", made)
    return made


def may_receive(tx: Tx, destination: str) -> None:
    account = connected(tx, destination)
    if account is None:
        raise NoSuchObject("destination", destination, param="destination")
    if account["capabilities"].get("transfers") != "active":
        raise StripeError(
            "Your destination account needs to have at least one of the following capabilities enabled: "
            "transfers, crypto_transfers, legacy_payments",
            code="insufficient_capabilities_for_transfer",
        )


def check_source(tx: Tx, charge: dict[str, Any], amount: int, currency: str) -> None:
    if charge["status"] != "succeeded":
        raise NotInThisState(f"The charge {charge['id']} did not succeed.", param="source_transaction")
    if charge["currency"] != currency:
        raise StripeError(
            f"The currency of source_transaction's balance transaction ({charge['currency']}) must be the same as the "
            f"transfer currency ({currency})",
            param="currency",
        )
    count, already = tx.db.execute(ALREADY, (charge["id"],)).fetchone()
    if amount + already > charge["amount"]:
        raise StripeError(too_much(charge, count, already), param="amount")


def too_much(charge: dict[str, Any], count: int, already: int) -> str:
    limit, used = written(charge["amount"], charge["currency"]), written(already, charge["currency"])
    some = "is already a transfer" if count == 1 else f"are already {count} transfers"
    earlier = f" (There {some} using this source, amounting to {used}.)" if count else ""
    return f"Transfers using this transaction as a source must not exceed the source amount of {limit}.{earlier}"


def new_transfer(
    tx: Tx,
    amount: int,
    currency: str,
    destination: str,
    source: dict[str, Any] | None,
    metadata: dict[str, str],
    group: str | None,
    description: str | None,
) -> dict[str, Any]:
    of_source = source and (source["transfer_group"] or f"group_{source['payment_intent']}")
    return {
        "id": new_id("tr"),
        "object": "transfer",
        "amount": amount,
        "amount_reversed": 0,
        "balance_transaction": None,
        "created": tx.now,
        "currency": currency,
        "description": description,
        "destination": destination,
        "destination_payment": None,
        "livemode": False,
        "metadata": metadata,
        "reversed": False,
        "source_transaction": source["id"] if source else None,
        "source_type": "card",
        "transfer_group": group or of_source,
    }


def receive(account: Tx, made: dict[str, Any], available_on: int) -> dict[str, Any]:
    """The payment (`py_…`) that the connected account sees."""
    payment = {
        "id": new_id("py"),
        "object": "charge",
        **blank_charge(),
        "amount": made["amount"],
        "amount_captured": made["amount"],
        "billing_details": {
            "address": dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state")),
            **dict.fromkeys(("email", "name", "phone", "tax_id")),
        },
        "calculated_statement_descriptor": None,
        "captured": True,
        "created": account.now,
        "currency": made["currency"],
        "customer": None,
        "description": None,
        "metadata": {},
        "outcome": {**approved_outcome(), "network_status": None, "risk_level": "not_assessed", "risk_score": None},
        "paid": True,
        "payment_intent": None,
        "payment_method": None,
        "payment_method_details": {"stripe_account": {}, "type": "stripe_account"},
        "receipt_email": None,
        "source_transfer": made["id"],
        "status": "succeeded",
        "transfer_group": made["transfer_group"],
    }
    entry = book(
        account,
        kind="payment",
        category="charge",
        source=payment,
        amount=made["amount"],
        fee=0,
        available_on=available_on,
    )
    return account.add({**payment, "balance_transaction": entry["id"]})


def reverse(
    tx: Tx, moved: dict[str, Any], *, amount: int | None, metadata: dict[str, str], description: str | None = None
) -> dict[str, Any]:
    """Raises StripeError above what is left of the transfer, or `balance_insufficient` above what the account has by
    the time its money counts: a payment that is still pending is taken back while it is pending."""
    accessible(tx, moved["destination"])
    amount = bounded(moved, amount)
    account = tx.within(moved["destination"])
    payment = account.get("charge", moved["destination_payment"])
    entry = account.get("balance_transaction", payment["balance_transaction"])
    available_on = max(tx.now, entry["available_on"])
    must_have(account, amount, moved["currency"], available_on)
    made = new_reversal(tx, moved, amount, metadata)
    made["destination_payment_refund"] = give_back(account, payment, made, available_on)["id"]
    made["balance_transaction"] = book(
        tx,
        kind="transfer_refund",
        category="transfer_reversal",
        source={**made, "description": description or "REFUND FOR TRANSFER"},
        amount=amount,
        fee=0,
        available_on=available_on,
    )["id"]
    tx.add(made)
    back = moved["amount_reversed"] + amount
    changed = tx.save({**moved, "amount_reversed": back, "reversed": back == moved["amount"]})
    emit_update(tx, "transfer.reversed", moved, changed)
    return made


def bounded(moved: dict[str, Any], amount: int | None) -> int:
    left = moved["amount"] - moved["amount_reversed"]
    if left == 0:
        raise NotInThisState(f"Transfer {moved['id']} is already fully reversed.")
    if amount is not None and amount > left:
        asked, rest = written(amount, moved["currency"]), written(left, moved["currency"])
        raise StripeError(
            f"Reversal amount ({asked}) is greater than unreversed amount on transfer ({rest})", param="amount"
        )
    return left if amount is None else amount


def new_reversal(tx: Tx, moved: dict[str, Any], amount: int, metadata: dict[str, str]) -> dict[str, Any]:
    return {
        "id": new_id("trr"),
        "object": "transfer_reversal",
        "amount": amount,
        "balance_transaction": None,
        "created": tx.now,
        "currency": moved["currency"],
        "destination_payment_refund": None,
        "metadata": metadata,
        "source_refund": None,
        "transfer": moved["id"],
    }


def give_back(account: Tx, payment: dict[str, Any], made: dict[str, Any], available_on: int) -> dict[str, Any]:
    """The refund (`pyr_…`) of the payment that the connected account sees."""
    refund = {
        "id": new_id("pyr"),
        "object": "refund",
        "amount": made["amount"],
        "balance_transaction": None,
        "charge": payment["id"],
        "created": account.now,
        "currency": made["currency"],
        "metadata": {},
        "payment_intent": None,
        "reason": None,
        "receipt_number": None,
        "source_transfer_reversal": made["id"],
        "status": "succeeded",
        "transfer_reversal": None,
    }
    entry = book(
        account,
        kind="payment_refund",
        category="refund",
        source={**refund, "description": "REFUND FOR PAYMENT"},
        amount=-made["amount"],
        fee=0,
        available_on=available_on,
    )
    refunded = payment["amount_refunded"] + made["amount"]
    account.save({**payment, "amount_refunded": refunded, "refunded": refunded == payment["amount"]})
    return account.add({**refund, "balance_transaction": entry["id"]})
