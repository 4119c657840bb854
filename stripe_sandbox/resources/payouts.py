"""/v1/payouts, of the platform and of connected accounts"""

from typing import Any

from stripe_sandbox.connect import payouts
from stripe_sandbox.currencies import LARGEST_AMOUNT
from stripe_sandbox.endpoint import Endpoint
from stripe_sandbox.events import emit_update
from stripe_sandbox.listing import page
from stripe_sandbox.params import (
    Choice,
    CurrencyCode,
    Integer,
    Metadata,
    Range,
    Text,
    fields,
    list_fields,
    merged_metadata,
)
from stripe_sandbox.store import Tx

KIND = payouts.KIND
URL = "/v1/payouts"
CREATE = fields(
    amount=Integer(1, LARGEST_AMOUNT, required=True),
    currency=CurrencyCode(required=True),
    description=Text(),
    destination=Text(),
    metadata=Metadata(),
    method=Choice("standard"),
    statement_descriptor=Text(22),
)
UPDATE = fields(metadata=Metadata(clearable=True))
STATUSES = ("canceled", "failed", "in_transit", "paid", "pending")
LIST = list_fields(created=Range(), destination=Text(), status=Choice(*STATUSES))


def create(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    return payouts.pay_out(
        tx,
        amount=given["amount"],
        currency=given["currency"],
        bank=payouts.destination(tx, given["currency"], given.get("destination")),
        metadata=merged_metadata({}, given.get("metadata", {})),
        **{name: given[name] for name in ("description", "statement_descriptor") if name in given},
    )


def get(tx: Tx, given: dict[str, Any], payout: str) -> dict[str, Any]:
    return tx.get(KIND, payout)


def update(tx: Tx, given: dict[str, Any], payout: str) -> dict[str, Any]:
    old = tx.get(KIND, payout)
    new = tx.save({**old, "metadata": merged_metadata(old["metadata"], given.get("metadata", {}))})
    emit_update(tx, "payout.updated", old, new)
    return new


def cancel(tx: Tx, given: dict[str, Any], payout: str) -> dict[str, Any]:
    return payouts.cancel(tx, tx.get(KIND, payout))


def every(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    return page(tx, KIND, URL, given, equal=("destination", "status"))


ENDPOINTS = [
    Endpoint("POST", URL, CREATE, create, for_accounts=True),
    Endpoint("GET", URL, LIST, every, for_accounts=True),
    Endpoint("GET", URL + "/{payout}", fields(), get, for_accounts=True),
    Endpoint("POST", URL + "/{payout}", UPDATE, update, for_accounts=True),
    Endpoint("POST", URL + "/{payout}/cancel", fields(), cancel, for_accounts=True),
]
