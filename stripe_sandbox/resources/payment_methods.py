"""/v1/payment_methods"""

from typing import Any

from stripe_sandbox.cards import BY_KEY, BY_NAME, Instrument
from stripe_sandbox.charging import new_payment_method
from stripe_sandbox.endpoint import Endpoint
from stripe_sandbox.errors import NotInThisState, StripeError
from stripe_sandbox.events import emit_update
from stripe_sandbox.listing import page
from stripe_sandbox.params import Choice, Text, fields, list_fields
from stripe_sandbox.resources.customers import attach as attach_to
from stripe_sandbox.resources.method_types import CHECKOUT_TYPES
from stripe_sandbox.store import Tx

KIND = "payment_method"
URL = "/v1/payment_methods"
ATTACH = fields(customer=Text(required=True))
LIST = list_fields(
    allow_redisplay=Choice("always", "limited", "unspecified"), customer=Text(), type=Choice(*CHECKOUT_TYPES)
)


def resolve(tx: Tx, method_id: str, param: str | None = "payment_method") -> tuple[dict[str, Any], Instrument]:
    """A stored payment method, or a fresh one from a test name such as pm_card_visa."""
    if method_id in BY_NAME:
        return new_payment_method(tx, BY_NAME[method_id]), BY_NAME[method_id]
    method = tx.get(KIND, method_id, param=param)
    return method, BY_KEY[tx.inner(method_id)["instrument"]]


def get(tx: Tx, given: dict[str, Any], method: str) -> dict[str, Any]:
    return tx.get(KIND, method)


def every(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    return page(tx, KIND, URL, given, equal=("allow_redisplay", "customer", "type"))


def attach(tx: Tx, given: dict[str, Any], method: str) -> dict[str, Any]:
    tx.get("customer", given["customer"], param="customer")
    found, instrument = resolve(tx, method, param=None)
    if found["customer"] == given["customer"]:
        return found
    if found["customer"]:
        raise NotInThisState("The payment method you provided has already been attached to a customer.")
    if instrument.type != "card":
        raise StripeError(f"A PaymentMethod of type {instrument.type} cannot be attached to a customer.")
    refuse_spent(tx, found)
    return attach_to(tx, found, given["customer"])


def detach(tx: Tx, given: dict[str, Any], method: str) -> dict[str, Any]:
    """For good: no customer can keep it and no payment use it again."""
    old = tx.get(KIND, method)
    if not old["customer"]:
        raise NotInThisState(
            "The payment method you provided is not attached to a customer so detachment is impossible."
        )
    tx.save_inner(method, {**tx.inner(method), "spent": True})
    new = tx.save({**old, "customer": None})
    emit_update(tx, "payment_method.detached", old, new)
    return new


def refuse_spent(tx: Tx, method: dict[str, Any]) -> None:
    if tx.inner(method["id"]).get("spent"):
        raise NotInThisState(
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, or was "
            "detached from a Customer. It may not be used again.",
            param="payment_method",
        )


ENDPOINTS = [
    Endpoint("GET", URL, LIST, every),
    Endpoint("GET", URL + "/{method}", fields(), get),
    Endpoint("POST", URL + "/{method}/attach", ATTACH, attach),
    Endpoint("POST", URL + "/{method}/detach", fields(), detach),
]
