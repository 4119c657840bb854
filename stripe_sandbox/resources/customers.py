"""/v1/customers"""

from typing import Any

from stripe_sandbox.blank import blank_customer
from stripe_sandbox.endpoint import Endpoint
from stripe_sandbox.events import emit, emit_update
from stripe_sandbox.ids import new_id, token
from stripe_sandbox.listing import page
from stripe_sandbox.params import Email, Hash, Metadata, Range, Text, fields, list_fields, merged_metadata
from stripe_sandbox.store import Tx

CREATE = fields(
    description=Text(),
    email=Email(512),
    metadata=Metadata(clearable=True),
    name=Text(256),
    phone=Text(20),
)
UPDATE = CREATE
LIST = list_fields(created=Range(), email=Email())


PLAIN = ("description", "email", "name", "phone")


def new_customer(tx: Tx, **given: Any) -> dict[str, Any]:
    customer = {
        "id": new_id("cus", 14),
        "object": "customer",
        **blank_customer(),
        **{field: given.get(field) for field in PLAIN},
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


def detach(tx: Tx, method: dict[str, Any]) -> dict[str, Any]:
    """For good: no customer can keep it and no payment use it again."""
    tx.save_inner(method["id"], {**tx.inner(method["id"]), "spent": True})
    detached = tx.save({**method, "customer": None})
    emit_update(tx, "payment_method.detached", method, detached)
    return detached


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
    """Of one that was deleted only that it was."""
    return tx.maybe("customer.deleted", customer) or tx.get("customer", customer)


def update(tx: Tx, given: dict[str, Any], customer: str) -> dict[str, Any]:
    old = tx.get("customer", customer)
    new = {**old, **{field: given[field] for field in PLAIN if field in given}}
    if "metadata" in given:
        new["metadata"] = merged_metadata(old["metadata"], given["metadata"])
    emit_update(tx, "customer.updated", old, tx.save(new))
    return new


def delete(tx: Tx, given: dict[str, Any], customer: str) -> dict[str, Any]:
    """Its cards are of no more use to anybody."""
    found = tx.get("customer", customer)
    for method in tx.find("payment_method", newest_first=False, customer=customer):
        detach(tx, method)
    emit(tx, "customer.deleted", found)
    return tx.bury(found)


def every(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    return page(tx, "customer", "/v1/customers", given, equal=("email",))


ENDPOINTS = [
    Endpoint("POST", "/v1/customers", CREATE, create),
    Endpoint("GET", "/v1/customers", LIST, every),
    Endpoint("GET", "/v1/customers/{customer}", fields(), get),
    Endpoint("POST", "/v1/customers/{customer}", UPDATE, update),
    Endpoint("DELETE", "/v1/customers/{customer}", Hash({}), delete),
]
