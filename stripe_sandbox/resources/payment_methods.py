"""/v1/payment_methods"""

from datetime import UTC, datetime
from typing import Any

from stripe_sandbox.cards import BY_KEY, BY_NAME, Instrument
from stripe_sandbox.charging import new_payment_method
from stripe_sandbox.endpoint import Endpoint
from stripe_sandbox.errors import CardError, NoSuchObject, NotInThisState, StripeError
from stripe_sandbox.events import emit_update
from stripe_sandbox.listing import page
from stripe_sandbox.params import (
    Choice,
    Email,
    Hash,
    Integer,
    Metadata,
    Text,
    fields,
    list_fields,
    merged_metadata,
)
from stripe_sandbox.resources.customers import attach as attach_to
from stripe_sandbox.resources.customers import detach as detach_from_its_customer
from stripe_sandbox.resources.method_types import CHECKOUT_TYPES
from stripe_sandbox.store import Tx

KIND = "payment_method"
URL = "/v1/payment_methods"
ATTACH = fields(customer=Text(required=True))
REDISPLAY = Choice("always", "limited", "unspecified")
ADDRESS = Hash({name: Text() for name in ("city", "country", "line1", "line2", "postal_code", "state")}, clearable=True)
BILLING = Hash(
    {
        "address": ADDRESS,
        "email": Email(clearable=True),
        "name": Text(clearable=True),
        "phone": Text(clearable=True),
    }
)
MONTH, YEAR = Integer(1, 12), Integer(1970, 2099)
CREATE = fields(
    allow_redisplay=REDISPLAY,
    billing_details=BILLING,
    card=Hash({"cvc": Text(), "exp_month": MONTH, "exp_year": YEAR, "number": Text(), "token": Text()}),
    metadata=Metadata(),
    type=Choice(*CHECKOUT_TYPES),
)
UPDATE = fields(
    allow_redisplay=REDISPLAY,
    billing_details=BILLING,
    card=Hash({"exp_month": MONTH, "exp_year": YEAR}),
    metadata=Metadata(clearable=True),
)
LIST = list_fields(allow_redisplay=REDISPLAY, customer=Text(), type=Choice(*CHECKOUT_TYPES))
LIST_OF_CUSTOMER = list_fields(allow_redisplay=REDISPLAY, type=Choice(*CHECKOUT_TYPES))
RAW_CARD = (
    "Sending credit card numbers directly to the Stripe API is generally unsafe. We suggest you use test tokens that "
    "map to the test card you are using, see https://stripe.com/docs/testing. To enable raw card data APIs in test "
    "mode, see https://support.stripe.com/questions/enabling-access-to-raw-card-data-apis."
)


def resolve(tx: Tx, method_id: str, param: str | None = "payment_method") -> tuple[dict[str, Any], Instrument]:
    """A stored payment method, or a fresh one from a test name such as pm_card_visa."""
    if method_id in BY_NAME:
        return new_payment_method(tx, BY_NAME[method_id]), BY_NAME[method_id]
    method = tx.get(KIND, method_id, param=param)
    return method, BY_KEY[tx.inner(method_id)["instrument"]]


def create(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    """From the token of a test card (tok_visa …). Numbers are refused, as to all who may not handle them: with 402."""
    card = given.get("card", {})
    if "number" in card:
        raise StripeError(RAW_CARD, status=402)
    for name, found in (("type", "type" in given), ("card[token]", "token" in card)):
        if not found:
            raise StripeError(f"Missing required param: {name}.", code="parameter_missing", param=name)
    if given["type"] != "card":
        raise StripeError("This stand-in only makes payment methods of `type`: card", param="type")
    name = card["token"].replace("tok_", "pm_card_", 1)
    if name not in BY_NAME:
        raise NoSuchObject("token", card["token"], param="card[token]")
    return tx.save(changed(new_payment_method(tx, BY_NAME[name]), given | {"card": {}}))


def changed(method: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """The method with what was given; an address is changed line by line, or cleared."""
    billing = given.get("billing_details", {})
    details = method["billing_details"] | billing
    if "address" in billing:
        lines = method["billing_details"]["address"]
        details["address"] = lines | billing["address"] if billing["address"] else dict.fromkeys(lines)
    new = {
        **method,
        "billing_details": details,
        "allow_redisplay": given.get("allow_redisplay", method["allow_redisplay"]),
    }
    if "card" in given:
        new["card"] = method["card"] | given["card"]
    if "metadata" in given:
        new["metadata"] = merged_metadata(method["metadata"], given["metadata"])
    return new


def update(tx: Tx, given: dict[str, Any], method: str) -> dict[str, Any]:
    old = tx.get(KIND, method)
    if not old["customer"]:
        raise NotInThisState("You must save this PaymentMethod to a customer before you can update it.")
    new = changed(old, given)
    refuse_past(tx, new)
    emit_update(tx, "payment_method.updated", old, tx.save(new))
    return new


def refuse_past(tx: Tx, method: dict[str, Any]) -> None:
    today = datetime.fromtimestamp(tx.now, UTC)
    card = method["card"]
    if (card["exp_year"], card["exp_month"]) < (today.year, today.month):
        name = "exp_year" if card["exp_year"] < today.year else "exp_month"
        words = {"exp_year": "year", "exp_month": "month"}[name]
        raise CardError(
            f"Your card's expiration {words} is invalid.", code=f"invalid_expiry_{words}", param=f"card[{name}]"
        )


def get(tx: Tx, given: dict[str, Any], method: str) -> dict[str, Any]:
    return tx.get(KIND, method)


def every(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    return page(tx, KIND, URL, given, equal=("allow_redisplay", "customer", "type"))


def every_of_customer(tx: Tx, given: dict[str, Any], customer: str) -> dict[str, Any]:
    tx.get("customer", customer)
    url = f"/v1/customers/{customer}/payment_methods"
    return page(tx, KIND, url, {**given, "customer": customer}, equal=("allow_redisplay", "customer", "type"))


def get_of_customer(tx: Tx, given: dict[str, Any], customer: str, method: str) -> dict[str, Any]:
    tx.get("customer", customer)
    found = tx.get(KIND, method)
    if found["customer"] != customer:
        raise NoSuchObject(KIND, method)
    return found


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
    old = tx.get(KIND, method)
    if not old["customer"]:
        raise NotInThisState(
            "The payment method you provided is not attached to a customer so detachment is impossible."
        )
    return detach_from_its_customer(tx, old)


def refuse_spent(tx: Tx, method: dict[str, Any]) -> None:
    if tx.inner(method["id"]).get("spent"):
        raise NotInThisState(
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, or was "
            "detached from a Customer. It may not be used again.",
            param="payment_method",
        )


ENDPOINTS = [
    Endpoint("POST", URL, CREATE, create),
    Endpoint("GET", URL, LIST, every),
    Endpoint("GET", URL + "/{method}", fields(), get),
    Endpoint("POST", URL + "/{method}", UPDATE, update),
    Endpoint("GET", "/v1/customers/{customer}/payment_methods", LIST_OF_CUSTOMER, every_of_customer),
    Endpoint("GET", "/v1/customers/{customer}/payment_methods/{method}", fields(), get_of_customer),
    Endpoint("POST", URL + "/{method}/attach", ATTACH, attach),
    Endpoint("POST", URL + "/{method}/detach", fields(), detach),
]
