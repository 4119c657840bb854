"""3-D Secure: when a card asks for it, and what the answer of its holder makes of the payment."""

from typing import Any

from stripe_sandbox.cards import BY_KEY, Instrument
from stripe_sandbox.charging import attempt
from stripe_sandbox.errors import NotInThisState, StripeError
from stripe_sandbox.events import emit
from stripe_sandbox.resources.customers import keep
from stripe_sandbox.store import Tx

FAILURE = StripeError(
    "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod "
    "to attempt to fulfill this PaymentIntent again.",
    code="payment_intent_authentication_failure",
)


def is_wanted(tx: Tx, method: dict[str, Any], instrument: Instrument) -> bool:
    if instrument.authenticates == "until_set_up":
        return not tx.inner(method["id"]).get("set_up")
    return instrument.authenticates == "always"


def ask(tx: Tx, intent: dict[str, Any], method: dict[str, Any], return_url: str) -> dict[str, Any]:
    """The intent waits until the holder has been at the page in its `next_action`."""
    url = f"{tx.setting('public_url')}/3ds/{intent['id']}"
    intent |= {
        "payment_method": method["id"],
        "status": "requires_action",
        "last_payment_error": None,
        "next_action": {"type": "redirect_to_url", "redirect_to_url": {"return_url": return_url, "url": url}},
    }
    tx.save(intent)
    tx.save_inner(intent["id"], {**tx.inner(intent["id"]), "return_url": return_url})
    emit(tx, "payment_intent.requires_action", intent)
    return intent


def passed(tx: Tx, intent: dict[str, Any]) -> dict[str, Any]:
    """The payment method that was charged. Raises CardError when it is declined all the same."""
    method = tx.get("payment_method", waiting(intent)["payment_method"])
    attempt(tx, intent, method, BY_KEY[tx.inner(method["id"])["instrument"]], authenticated=True)
    keep(tx, intent, method)
    return method


def failed(tx: Tx, intent: dict[str, Any]) -> dict[str, Any]:
    """Nobody is charged; the intent may be tried with another card."""
    method = tx.get("payment_method", waiting(intent)["payment_method"])
    intent |= {
        "payment_method": None,
        "status": "requires_payment_method",
        "last_payment_error": {**FAILURE.body()["error"], "payment_method": method},
        "next_action": None,
    }
    tx.save(intent)
    emit(tx, "payment_intent.payment_failed", intent)
    return intent


def waiting(intent: dict[str, Any]) -> dict[str, Any]:
    if intent["status"] != "requires_action":
        raise NotInThisState("This PaymentIntent does not wait for 3-D Secure.", code="payment_intent_unexpected_state")
    return intent
