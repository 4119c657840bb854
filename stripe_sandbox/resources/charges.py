"""/v1/charges"""

from typing import Any

from stripe_sandbox.endpoint import Endpoint
from stripe_sandbox.events import emit_update
from stripe_sandbox.listing import page
from stripe_sandbox.params import Metadata, Range, Text, fields, list_fields, merged_metadata
from stripe_sandbox.store import Tx

UPDATE = fields(description=Text(40_000), metadata=Metadata(clearable=True))
LIST = list_fields(created=Range(), customer=Text(), payment_intent=Text(), transfer_group=Text())


def get(tx: Tx, given: dict[str, Any], charge: str) -> dict[str, Any]:
    return tx.get("charge", charge)


def update(tx: Tx, given: dict[str, Any], charge: str) -> dict[str, Any]:
    old = tx.get("charge", charge)
    new = {**old, "description": given.get("description", old["description"])}
    if "metadata" in given:
        new["metadata"] = merged_metadata(old["metadata"], given["metadata"])
    emit_update(tx, "charge.updated", old, tx.save(new))
    return new


def every(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    return page(tx, "charge", "/v1/charges", given, equal=("customer", "payment_intent", "transfer_group"))


ENDPOINTS = [
    Endpoint("GET", "/v1/charges", LIST, every, for_accounts=True),
    Endpoint("GET", "/v1/charges/{charge}", fields(), get, for_accounts=True),
    Endpoint("POST", "/v1/charges/{charge}", UPDATE, update),
]
