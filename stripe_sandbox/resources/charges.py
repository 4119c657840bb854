"""/v1/charges"""

from typing import Any

from stripe_sandbox.endpoint import Endpoint
from stripe_sandbox.listing import page
from stripe_sandbox.params import Range, Text, fields, list_fields
from stripe_sandbox.store import Tx

LIST = list_fields(created=Range(), customer=Text(), payment_intent=Text(), transfer_group=Text())


def get(tx: Tx, given: dict[str, Any], charge: str) -> dict[str, Any]:
    return tx.get("charge", charge)


def every(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    return page(tx, "charge", "/v1/charges", given, equal=("customer", "payment_intent", "transfer_group"))


ENDPOINTS = [
    Endpoint("GET", "/v1/charges", LIST, every, for_accounts=True),
    Endpoint("GET", "/v1/charges/{charge}", fields(), get, for_accounts=True),
]
