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


def attach(tx: Tx, method: dict[str, Any], customer: str, *, redisplay: str = "unspecified") -> dict[str, Any]:
    attached = tx.save({**method, "customer": customer, "allow_redisplay": redisplay})
    emit(tx, "payment_method.attached", attached)
    return attached


def keep(tx: Tx, intent: dict[str, Any], method: dict[str, Any]) -> None:
    """After a payment: the customer keeps the card when that was asked for; any other new one has had its only use."""
    if method["customer"]:
        return
    inner = tx.inner(method["id"])
    wish = kept_for_later(intent, method)
    if wish and intent["customer"]:
        tx.save_inner(method["id"], {**inner, "set_up": wish == "off_session"})
        attach(tx, method, intent["customer"], redisplay="always")
    else:
        tx.save_inner(method["id"], {**inner, "spent": True})


def kept_for_later(intent: dict[str, Any], method: dict[str, Any]) -> str | None:
    """For which later payments, "on_session" or "off_session"; None when it is not to be kept. Only cards can be."""
    for_cards = intent["payment_method_options"].get("card", {}).get("setup_future_usage")
    wish = for_cards or intent["setup_future_usage"]
    return wish if method["type"] == "card" and wish != "none" else None


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
