"""/v1/refunds"""

from typing import Any

from stripe_sandbox.disputing import end_inquiry, refuse_disputed
from stripe_sandbox.endpoint import Endpoint
from stripe_sandbox.errors import NotInThisState, StripeError
from stripe_sandbox.events import emit_update
from stripe_sandbox.listing import page
from stripe_sandbox.params import (
    Choice,
    CurrencyCode,
    Email,
    Integer,
    Metadata,
    Range,
    Text,
    fields,
    list_fields,
    merged_metadata,
)
from stripe_sandbox.refunding import refund
from stripe_sandbox.store import Tx

CREATE = fields(
    amount=Integer(1),
    charge=Text(),
    currency=CurrencyCode(),
    instructions_email=Email(),
    metadata=Metadata(clearable=True),
    payment_intent=Text(),
    reason=Choice("duplicate", "fraudulent", "requested_by_customer"),
)
UPDATE = fields(metadata=Metadata(clearable=True))
LIST = list_fields(created=Range(), charge=Text(), payment_intent=Text())


def create(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    charge = charge_to_refund(tx, given)
    refuse_disputed(tx, charge)
    if given.get("currency", charge["currency"]) != charge["currency"]:
        raise StripeError("The currency must be the one of the charge.", param="currency")
    made = refund(
        tx,
        charge,
        amount=given.get("amount"),
        reason=given.get("reason"),
        metadata=merged_metadata({}, given.get("metadata")),
        more={"instructions_email": given["instructions_email"]} if "instructions_email" in given else {},
    )
    end_inquiry(tx, charge["id"])
    return made


def charge_to_refund(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    named = [name for name in ("charge", "payment_intent") if name in given]
    if len(named) != 1:
        raise StripeError(
            "One of the following params should be provided for this request: payment_intent or charge.",
            code="parameters_exclusive" if named else "parameter_missing",
        )
    if "charge" in given:
        return tx.get("charge", given["charge"], param="charge")
    intent = tx.get("payment_intent", given["payment_intent"], param="payment_intent")
    if intent["status"] != "succeeded":
        raise NotInThisState(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.", param="payment_intent"
        )
    return tx.get("charge", intent["latest_charge"])


def get(tx: Tx, given: dict[str, Any], refund: str) -> dict[str, Any]:
    return tx.get("refund", refund)


def update(tx: Tx, given: dict[str, Any], refund: str) -> dict[str, Any]:
    old = tx.get("refund", refund)
    if "metadata" not in given:
        return old
    new = tx.save({**old, "metadata": merged_metadata(old["metadata"], given["metadata"])})
    emit_update(tx, "refund.updated", old, new)
    return new


def cancel(tx: Tx, given: dict[str, Any], refund: str) -> dict[str, Any]:
    """Stripe can take back only refunds that wait for the payer's bank details; cards and these wallets never do."""
    status = tx.get("refund", refund)["status"]
    raise NotInThisState(f"Only a refund with status requires_action can be canceled; this one has status {status}.")


def every(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    return page(tx, "refund", "/v1/refunds", given, equal=("charge", "payment_intent"))


ENDPOINTS = [
    Endpoint("POST", "/v1/refunds", CREATE, create),
    Endpoint("GET", "/v1/refunds", LIST, every, for_accounts=True),
    Endpoint("GET", "/v1/refunds/{refund}", fields(), get, for_accounts=True),
    Endpoint("POST", "/v1/refunds/{refund}", UPDATE, update),
    Endpoint("POST", "/v1/refunds/{refund}/cancel", fields(), cancel),
]
