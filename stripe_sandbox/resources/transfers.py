"""/v1/transfers and their reversals"""

from typing import Any

from stripe_sandbox.connect import transferring
from stripe_sandbox.currencies import LARGEST_AMOUNT
from stripe_sandbox.endpoint import Endpoint
from stripe_sandbox.errors import NoSuchObject
from stripe_sandbox.events import emit_update
from stripe_sandbox.listing import page
from stripe_sandbox.params import (
    CurrencyCode,
    Flag,
    Integer,
    Metadata,
    Range,
    Text,
    fields,
    list_fields,
    merged_metadata,
)
from stripe_sandbox.store import Tx

KIND = "transfer"
URL = "/v1/transfers"
REVERSALS = URL + "/{transfer}/reversals"
CREATE = fields(
    amount=Integer(1, LARGEST_AMOUNT, required=True),
    currency=CurrencyCode(required=True),
    description=Text(),
    destination=Text(required=True),
    metadata=Metadata(),
    source_transaction=Text(),
    transfer_group=Text(),
)
UPDATE = fields(description=Text(), metadata=Metadata(clearable=True))
LIST = list_fields(created=Range(), destination=Text(), transfer_group=Text())
# Accounts here owe no application fees, so there is none to give back.
REVERSE = fields(
    amount=Integer(1), description=Text(), metadata=Metadata(clearable=True), refund_application_fee=Flag()
)
UPDATE_REVERSAL = fields(metadata=Metadata(clearable=True))


def create(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    source = given.get("source_transaction")
    return transferring.transfer(
        tx,
        amount=given["amount"],
        currency=given["currency"],
        destination=given["destination"],
        source=tx.get("charge", source, param="source_transaction") if source else None,
        metadata=merged_metadata({}, given.get("metadata", {})),
        group=given.get("transfer_group"),
        description=given.get("description"),
    )


def get(tx: Tx, given: dict[str, Any], transfer: str) -> dict[str, Any]:
    return tx.get(KIND, transfer)


def update(tx: Tx, given: dict[str, Any], transfer: str) -> dict[str, Any]:
    old = tx.get(KIND, transfer)
    new = {**old, **({"description": given["description"]} if "description" in given else {})}
    if "metadata" in given:
        new["metadata"] = merged_metadata(old["metadata"], given["metadata"])
    emit_update(tx, "transfer.updated", old, tx.save(new))
    return new


def every(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    return page(tx, KIND, URL, given, equal=("destination", "transfer_group"))


def reverse(tx: Tx, given: dict[str, Any], transfer: str) -> dict[str, Any]:
    return transferring.reverse(
        tx,
        tx.get(KIND, transfer),
        amount=given.get("amount"),
        metadata=merged_metadata({}, given.get("metadata", {})),
        description=given.get("description"),
    )


def reversal(tx: Tx, given: dict[str, Any], transfer: str, reversal: str) -> dict[str, Any]:
    found = tx.get("transfer_reversal", reversal)
    if found["transfer"] != transfer:
        raise NoSuchObject("transfer_reversal", reversal)
    return found


def update_reversal(tx: Tx, given: dict[str, Any], **path: str) -> dict[str, Any]:
    old = reversal(tx, given, **path)
    return tx.save({**old, "metadata": merged_metadata(old["metadata"], given.get("metadata", {}))})


def reversals(tx: Tx, given: dict[str, Any], transfer: str) -> dict[str, Any]:
    tx.get(KIND, transfer)
    mine = [("json_extract(body, '$.transfer') = ?", transfer)]
    return page(tx, "transfer_reversal", f"{URL}/{transfer}/reversals", given, more=mine)


ENDPOINTS = [
    Endpoint("POST", URL, CREATE, create),
    Endpoint("GET", URL, LIST, every),
    Endpoint("GET", URL + "/{transfer}", fields(), get),
    Endpoint("POST", URL + "/{transfer}", UPDATE, update),
    Endpoint("POST", REVERSALS, REVERSE, reverse),
    Endpoint("GET", REVERSALS, list_fields(), reversals),
    Endpoint("GET", REVERSALS + "/{reversal}", fields(), reversal),
    Endpoint("POST", REVERSALS + "/{reversal}", UPDATE_REVERSAL, update_reversal),
]
