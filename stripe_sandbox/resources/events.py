"""/v1/events"""

from typing import Any

from stripe_sandbox.endpoint import Endpoint
from stripe_sandbox.errors import StripeError
from stripe_sandbox.listing import Conditions, page
from stripe_sandbox.params import Flag, ListOf, Range, Text, fields, list_fields
from stripe_sandbox.present import shown
from stripe_sandbox.store import Tx

LIST = list_fields(created=Range(), delivery_success=Flag(), type=Text(), types=ListOf(Text(), longest=20))
UNDELIVERED = "EXISTS (SELECT 1 FROM deliveries WHERE event = objects.id AND state <> 'delivered')"


def get(tx: Tx, given: dict[str, Any], event: str) -> dict[str, Any]:
    return shown(tx, tx.get("event", event))


def every(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    """`delivery_success=false`: those that some endpoint has not taken, whether still tried or given up."""
    more: Conditions = []
    if "type" in given and "types" in given:
        raise StripeError("You may only specify one of these parameters: type, types.", code="parameters_exclusive")
    if "delivery_success" in given:
        more.append((f"{UNDELIVERED} = ?", 0 if given["delivery_success"] else 1))
    if "types" in given:
        # instr instead of IN: one placeholder whatever their number; commas cannot be part of a type.
        more.append(("instr(?, ',' || json_extract(body, '$.type') || ',') > 0", f",{','.join(given['types'])},"))
    if "type" in given:
        more.append(("json_extract(body, '$.type') GLOB ?", given["type"]))
    return page(tx, "event", "/v1/events", given, more=more)


ENDPOINTS = [
    Endpoint("GET", "/v1/events", LIST, every, for_accounts=True),
    Endpoint("GET", "/v1/events/{event}", fields(), get, for_accounts=True),
]
