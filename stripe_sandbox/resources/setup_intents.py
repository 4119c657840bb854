"""/v1/setup_intents"""

from typing import Any

from stripe_sandbox import authentication, setting_up
from stripe_sandbox.blank import blank_setup_intent
from stripe_sandbox.endpoint import Endpoint
from stripe_sandbox.errors import StripeError
from stripe_sandbox.events import emit
from stripe_sandbox.ids import new_id, token
from stripe_sandbox.intents import refuse_session_owned, wrong_state
from stripe_sandbox.listing import page
from stripe_sandbox.params import merged_metadata
from stripe_sandbox.resources import setup_intent_params as shape
from stripe_sandbox.resources.payment_methods import refuse_spent, resolve
from stripe_sandbox.store import Tx

KIND = "setup_intent"
URL = "/v1/setup_intents"
CANCELABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
AUTOMATIC = {"enabled": True, "allow_redirects": "always"}
OVER = {"succeeded": "it has already succeeded", "canceled": "it has been canceled"}


def new_intent(tx: Tx, *, customer: str | None, metadata: dict[str, str], **more: Any) -> dict[str, Any]:
    """Adds an intent that waits for a card, and tells of it."""
    intent_id = new_id("seti")
    intent = {
        "id": intent_id,
        "object": KIND,
        **blank_setup_intent(),
        "client_secret": f"{intent_id}_secret_{token(25)}",
        "created": tx.now,
        "customer": customer,
        "metadata": metadata,
        **more,
    }
    tx.add(intent)
    emit(tx, "setup_intent.created", intent)
    return intent


def create(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    check_create(given)
    if "customer" in given:
        tx.get("customer", given["customer"], param="customer")
    intent = new_intent(
        tx,
        customer=given.get("customer"),
        metadata=merged_metadata({}, given.get("metadata")),
        allowed_payment_method_types=given.get("allowed_payment_method_types"),
        automatic_payment_methods=given.get("automatic_payment_methods", AUTOMATIC),
        description=given.get("description"),
        usage=given.get("usage", "off_session"),
    )
    if "payment_method" in given:
        intent = put_method(tx, intent, given["payment_method"])
    return confirmed(tx, given, intent) if given.get("confirm") else intent


def check_create(given: dict[str, Any]) -> None:
    if "return_url" in given and not given.get("confirm"):
        raise StripeError(
            "The parameter `return_url` cannot be passed when creating a SetupIntent unless `confirm` is true.",
            param="return_url",
        )
    if "card" not in given.get("allowed_payment_method_types", ["card"]):
        raise StripeError(
            "No valid payment method types for this SetupIntent: only cards can be kept here.",
            param="allowed_payment_method_types",
        )


def put_method(tx: Tx, intent: dict[str, Any], method_id: str) -> dict[str, Any]:
    method, instrument = resolve(tx, method_id)
    refuse_spent(tx, method)
    if instrument.type != "card":
        raise StripeError(f"A PaymentMethod of type {instrument.type} cannot be set up.", param="payment_method")
    if method["customer"] and method["customer"] != intent["customer"]:
        raise StripeError(
            f"The payment method supplied ({method['id']}) belongs to a customer. "
            "Please include that customer in the `customer` parameter on the SetupIntent.",
            param="payment_method",
        )
    return tx.save({**intent, "payment_method": method["id"], "status": "requires_confirmation"})


def get(tx: Tx, given: dict[str, Any], intent: str) -> dict[str, Any]:
    return tx.get(KIND, intent)


def update(tx: Tx, given: dict[str, Any], intent: str) -> dict[str, Any]:
    old = tx.get(KIND, intent)
    if set(given) & {"customer", "payment_method"}:
        refuse_session_owned(tx, old, "modify")
        refuse_over(old, "update")
    if "customer" in given:
        tx.get("customer", given["customer"], param="customer")
    new = old | {field: given[field] for field in ("customer", "description") if field in given}
    if "metadata" in given:
        new["metadata"] = merged_metadata(old["metadata"], given["metadata"])
    tx.save(new)
    return put_method(tx, new, given["payment_method"]) if "payment_method" in given else new


def confirm(tx: Tx, given: dict[str, Any], intent: str) -> dict[str, Any]:
    """Raises CardError (402) when declined; the intent is then back at requires_payment_method."""
    found = tx.get(KIND, intent)
    refuse_session_owned(tx, found, "confirm")
    refuse_over(found, "confirm")
    if "payment_method" in given:
        found = put_method(tx, found, given["payment_method"])
    return confirmed(tx, given, found)


def confirmed(tx: Tx, given: dict[str, Any], intent: dict[str, Any]) -> dict[str, Any]:
    if intent["payment_method"] is None:
        raise wrong_state(
            intent,
            "You cannot confirm this SetupIntent because it's missing a payment method. You can either update the "
            "SetupIntent with a payment method and then confirm it again, or confirm it again directly with a payment "
            "method or ConfirmationToken.",
        )
    method, instrument = resolve(tx, intent["payment_method"])
    if authentication.is_wanted(tx, method, instrument):
        if "return_url" not in given:
            raise authentication.needs_return_url(intent)
        return authentication.ask(tx, intent, method, given["return_url"])
    setting_up.set_up(tx, intent, method, instrument)
    return intent


def refuse_over(intent: dict[str, Any], verb: str) -> None:
    if intent["status"] in OVER:
        raise wrong_state(intent, f"You cannot {verb} this SetupIntent because {OVER[intent['status']]}.")


def cancel(tx: Tx, given: dict[str, Any], intent: str) -> dict[str, Any]:
    found = tx.get(KIND, intent)
    refuse_session_owned(tx, found, "cancel")
    if found["status"] not in CANCELABLE:
        raise wrong_state(
            found,
            f"You cannot cancel this SetupIntent because it has a status of {found['status']}. Only a SetupIntent with "
            f"one of the following statuses may be canceled: {', '.join(CANCELABLE)}.",
        )
    return setting_up.cancel(tx, found, given.get("cancellation_reason"))


def every(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    return page(tx, KIND, URL, given, equal=("customer", "payment_method"))


ENDPOINTS = [
    Endpoint("POST", URL, shape.CREATE, create),
    Endpoint("GET", URL, shape.LIST, every),
    Endpoint("GET", URL + "/{intent}", shape.RETRIEVE, get),
    Endpoint("POST", URL + "/{intent}", shape.UPDATE, update),
    Endpoint("POST", URL + "/{intent}/confirm", shape.CONFIRM, confirm),
    Endpoint("POST", URL + "/{intent}/cancel", shape.CANCEL, cancel),
]
