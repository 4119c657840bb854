"""/v1/payment_intents"""

from typing import Any

from stripe_sandbox import authentication
from stripe_sandbox.blank import blank_intent
from stripe_sandbox.cards import OFFERED, UNAUTHENTICATED
from stripe_sandbox.charging import refused
from stripe_sandbox.currencies import CURRENCIES, LARGEST_AMOUNT, written
from stripe_sandbox.endpoint import Endpoint
from stripe_sandbox.errors import StripeError
from stripe_sandbox.events import emit
from stripe_sandbox.ids import new_id, token
from stripe_sandbox.intents import refuse_session_owned, wrong_state
from stripe_sandbox.listing import page
from stripe_sandbox.params import merged_metadata
from stripe_sandbox.resources import payment_intent_params as shape
from stripe_sandbox.resources.payment_methods import refuse_spent, resolve
from stripe_sandbox.store import Tx

CANCELABLE = ("requires_payment_method", "requires_capture", "requires_confirmation", "requires_action", "processing")
CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
PLAIN = ("description", "receipt_email", "setup_future_usage", "statement_descriptor_suffix", "transfer_group")


def new_intent(tx: Tx, *, amount: int, currency: str, types: list[str], **more: Any) -> dict[str, Any]:
    """Adds an intent that waits for a payment method, and tells of it."""
    check_amount(amount, currency)
    intent_id = new_id("pi")
    intent = {
        "id": intent_id,
        "object": "payment_intent",
        **blank_intent(),
        "amount": amount,
        "client_secret": f"{intent_id}_secret_{token(25)}",
        "created": tx.now,
        "currency": currency,
        "payment_method_types": types,
        **more,
    }
    tx.add(intent)
    emit(tx, "payment_intent.created", intent)
    return intent


def check_amount(amount: int, currency: str) -> None:
    smallest = CURRENCIES[currency].smallest_charge
    if amount < smallest:
        raise StripeError(
            f"Amount must be at least {written(smallest, currency)} {currency}", code="amount_too_small", param="amount"
        )
    if amount > LARGEST_AMOUNT:
        raise StripeError(
            f"Amount must be no more than {written(LARGEST_AMOUNT, currency)} {currency}",
            code="amount_too_large",
            param="amount",
        )


def create(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    refuse_without_confirm(given)
    if given.get("customer"):
        tx.get("customer", given["customer"], param="customer")
    automatic = given.get("automatic_payment_methods", {"enabled": True, "allow_redirects": "always"})
    allowed = given.get("allowed_payment_method_types")
    intent = new_intent(
        tx,
        amount=given["amount"],
        currency=given["currency"],
        types=[name for name in OFFERED if allowed is None or name in allowed],
        automatic_payment_methods=automatic,
        allowed_payment_method_types=allowed,
        capture_method=given.get("capture_method", "automatic_async"),
        confirmation_method=given.get("confirmation_method", "automatic"),
        customer=given.get("customer"),
        metadata=merged_metadata({}, given.get("metadata")),
        payment_method_options=given.get("payment_method_options", {}),
        **{field: given.get(field) for field in PLAIN},
    )
    if given.get("payment_method"):
        intent = put_method(tx, intent, given["payment_method"])
    return confirmed(tx, given, intent) if given.get("confirm") else intent


def refuse_without_confirm(given: dict[str, Any]) -> None:
    for name in ("off_session", "return_url", "error_on_requires_action"):
        if name in given and not given.get("confirm"):
            raise StripeError(
                f"The parameter `{name}` cannot be passed when creating a PaymentIntent unless `confirm` is true.",
                param=name,
            )


def put_method(tx: Tx, intent: dict[str, Any], method_id: str) -> dict[str, Any]:
    method, _ = resolve(tx, method_id)
    refuse_spent(tx, method)
    if method["customer"] and method["customer"] != intent["customer"]:
        raise StripeError(
            "The provided PaymentMethod belongs to a customer. Pass that customer in the request to use it.",
            param="payment_method",
        )
    return tx.save({**intent, "payment_method": method["id"], "status": "requires_confirmation"})


def get(tx: Tx, given: dict[str, Any], intent: str) -> dict[str, Any]:
    return tx.get("payment_intent", intent)


def update(tx: Tx, given: dict[str, Any], intent: str) -> dict[str, Any]:
    old = tx.get("payment_intent", intent)
    frozen = set(given) - {"description", "metadata", "receipt_email", "expand", "transfer_group"}
    if frozen and old["status"] in ("succeeded", "canceled"):
        raise wrong_state(
            old, f"This PaymentIntent's {min(frozen)} could not be updated because it has a status of {old['status']}."
        )
    new = {**old, **{field: given[field] for field in (*PLAIN, "amount", "currency", "customer") if field in given}}
    if given.get("customer"):
        tx.get("customer", given["customer"], param="customer")
    check_amount(new["amount"], new["currency"])
    new["payment_method_options"] = old["payment_method_options"] | given.get("payment_method_options", {})
    if "metadata" in given:
        new["metadata"] = merged_metadata(old["metadata"], given["metadata"])
    tx.save(new)
    return put_method(tx, new, given["payment_method"]) if "payment_method" in given else new


def confirm(tx: Tx, given: dict[str, Any], intent: str) -> dict[str, Any]:
    """Raises CardError (402) when declined; the intent is then back at requires_payment_method."""
    found = tx.get("payment_intent", intent)
    refuse_session_owned(tx, found, "confirm")
    if found["status"] not in CONFIRMABLE:
        raise wrong_state(
            found,
            f"You cannot confirm this PaymentIntent because it has a status of {found['status']}. "
            f"Only a PaymentIntent with one of the following statuses may be confirmed: {', '.join(CONFIRMABLE)}.",
        )
    for field in ("receipt_email", "setup_future_usage"):
        found[field] = given.get(field, found[field])
    found["payment_method_options"] |= given.get("payment_method_options", {})
    if "payment_method" in given:
        found = put_method(tx, found, given["payment_method"])
    return confirmed(tx, given, found)


def confirmed(tx: Tx, given: dict[str, Any], intent: dict[str, Any]) -> dict[str, Any]:
    if intent["payment_method"] is None:
        raise wrong_state(
            intent,
            "You cannot confirm this PaymentIntent because it's missing a payment method. "
            "Update the PaymentIntent with a payment method and then confirm it again.",
        )
    method, instrument = resolve(tx, intent["payment_method"])
    if authentication.is_wanted(tx, method, instrument):
        return authenticate(tx, intent, method, given)
    authentication.charge_and_keep(tx, intent, method, instrument)
    return intent


def authenticate(tx: Tx, intent: dict[str, Any], method: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Raises CardError when the payer is not there to prove anything."""
    if given.get("off_session") or given.get("error_on_requires_action"):
        raise refused(tx, intent, method, UNAUTHENTICATED)
    if "return_url" not in given:
        raise authentication.needs_return_url(intent)
    return authentication.ask(tx, intent, method, given["return_url"])


def cancel(tx: Tx, given: dict[str, Any], intent: str) -> dict[str, Any]:
    found = tx.get("payment_intent", intent)
    refuse_session_owned(tx, found, "cancel")
    if found["status"] not in CANCELABLE:
        raise wrong_state(
            found,
            f"You cannot cancel this PaymentIntent because it has a status of {found['status']}. "
            f"Only a PaymentIntent with one of the following statuses may be canceled: {', '.join(CANCELABLE)}.",
        )
    return cancel_intent(tx, found, given.get("cancellation_reason"))


def cancel_intent(tx: Tx, intent: dict[str, Any], reason: str | None) -> dict[str, Any]:
    intent |= {"status": "canceled", "canceled_at": tx.now, "cancellation_reason": reason, "next_action": None}
    tx.save(intent)
    emit(tx, "payment_intent.canceled", intent)
    return intent


def every(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    return page(tx, "payment_intent", "/v1/payment_intents", given, equal=("customer",))


ENDPOINTS = [
    Endpoint("POST", "/v1/payment_intents", shape.CREATE, create),
    Endpoint("GET", "/v1/payment_intents", shape.LIST, every),
    Endpoint("GET", "/v1/payment_intents/{intent}", shape.RETRIEVE, get),
    Endpoint("POST", "/v1/payment_intents/{intent}", shape.UPDATE, update),
    Endpoint("POST", "/v1/payment_intents/{intent}/confirm", shape.CONFIRM, confirm),
    Endpoint("POST", "/v1/payment_intents/{intent}/cancel", shape.CANCEL, cancel),
]
