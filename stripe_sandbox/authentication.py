"""3-D Secure: when a card asks for it, and what the answer of its holder makes of the payment, or of the setup."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stripe_sandbox import charging, setting_up
from stripe_sandbox.cards import BY_KEY, Instrument
from stripe_sandbox.errors import CardError, NotInThisState, StripeError
from stripe_sandbox.events import emit
from stripe_sandbox.intents import noun
from stripe_sandbox.resources.customers import keep
from stripe_sandbox.store import Tx


def charge_and_keep(
    tx: Tx, intent: dict[str, Any], method: dict[str, Any], instrument: Instrument, *, authenticated: bool = False
) -> None:
    """Raises CardError when declined."""
    charging.attempt(tx, intent, method, instrument, authenticated=authenticated)
    keep(tx, intent, method)


@dataclass(frozen=True)
class Flow:
    """What a kind of intent does with a card: `use` it, or have it `refused`, and how it tells of a failure."""

    use: Callable[..., None]
    refused: Callable[..., CardError]
    error: str
    failed_event: str
    failure: StripeError


FLOWS = {
    "payment_intent": Flow(
        use=charge_and_keep,
        refused=charging.refused,
        error="last_payment_error",
        failed_event="payment_intent.payment_failed",
        failure=StripeError(
            "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new "
            "PaymentMethod to attempt to fulfill this PaymentIntent again.",
            code="payment_intent_authentication_failure",
        ),
    ),
    "setup_intent": Flow(
        use=setting_up.set_up,
        refused=setting_up.refused,
        error="last_setup_error",
        failed_event="setup_intent.setup_failed",
        failure=StripeError(
            "The latest attempt to set up the payment method has failed because authentication failed.",
            code="setup_intent_authentication_failure",
        ),
    ),
}


def flow(intent: dict[str, Any]) -> Flow:
    return FLOWS[intent["object"]]


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
        flow(intent).error: None,
        "next_action": {"type": "redirect_to_url", "redirect_to_url": {"return_url": return_url, "url": url}},
    }
    tx.save(intent)
    tx.save_inner(intent["id"], {**tx.inner(intent["id"]), "return_url": return_url})
    emit(tx, f"{intent['object']}.requires_action", intent)
    return intent


def needs_return_url(intent: dict[str, Any]) -> StripeError:
    return StripeError(
        f"You must provide a `return_url` when confirming a {noun(intent)} that may send your customer elsewhere.",
        param="return_url",
    )


def passed(tx: Tx, intent: dict[str, Any]) -> dict[str, Any]:
    """The payment method that was charged or set up. Raises CardError when it is declined all the same."""
    method = tx.get("payment_method", waiting(intent)["payment_method"])
    instrument = BY_KEY[tx.inner(method["id"])["instrument"]]
    flow(intent).use(tx, intent, method, instrument, authenticated=True)
    return method


def failed(tx: Tx, intent: dict[str, Any]) -> dict[str, Any]:
    """Nobody is charged and nothing kept; the intent may be tried with another card."""
    method = tx.get("payment_method", waiting(intent)["payment_method"])
    intent |= {
        "payment_method": None,
        "status": "requires_payment_method",
        flow(intent).error: {**flow(intent).failure.body()["error"], "payment_method": method},
        "next_action": None,
    }
    tx.save(intent)
    emit(tx, flow(intent).failed_event, intent)
    return intent


def waiting(intent: dict[str, Any]) -> dict[str, Any]:
    if intent["status"] != "requires_action":
        raise NotInThisState(
            f"This {noun(intent)} does not wait for 3-D Secure.", code=f"{intent['object']}_unexpected_state"
        )
    return intent
