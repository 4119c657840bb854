"""/v1/customers"""

from typing import Any

from stripe_sandbox.blank import blank_customer
from stripe_sandbox.endpoint import Endpoint
from stripe_sandbox.events import emit
from stripe_sandbox.ids import new_id, token
from stripe_sandbox.listing import page
from stripe_sandbox.params import Email, Metadata, Range, Text, fields, list_fields, merged_metadata
from stripe_sandbox.store import Tx

CREATE = fields(
    description=Text(),
    email=Email(512),
    metadata=Metadata(clearable=True),
    name=Text(256),
    phone=Text(20),
)
LIST = list_fields(created=Range(), email=Email())


def new_customer(tx: Tx, **given: Any) -> dict[str, Any]:
    customer = {
        "id": new_id("cus", 14),
        "object": "customer",
        **blank_customer(),
        **{field: given.get(field) for field in ("description", "email", "name", "phone")},
        "created": tx.now,
        "invoice_prefix": token(8).upper(),
        "metadata": merged_metadata({}, given.get("metadata")),
    }
    tx.add(customer)
    emit(tx, "customer.created", customer)
    return customer


def attach(tx: Tx, method: dict[str, Any], customer: str) -> None:
    emit(tx, "payment_method.attached", tx.save({**method, "customer": customer, "allow_redisplay": "always"}))


def create(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    return new_customer(tx, **given)


def get(tx: Tx, given: dict[str, Any], customer: str) -> dict[str, Any]:
    return tx.get("customer", customer)


def every(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    return page(tx, "customer", "/v1/customers", given, equal=("email",))


ENDPOINTS = [
    Endpoint("POST", "/v1/customers", CREATE, create),
    Endpoint("GET", "/v1/customers", LIST, every),
    Endpoint("GET", "/v1/customers/{customer}", fields(), get),
]
