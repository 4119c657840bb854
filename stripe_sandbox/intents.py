"""What PaymentIntents and SetupIntents have in common: their names, and what must not be done to them."""

from typing import Any

from stripe_sandbox.errors import NotInThisState
from stripe_sandbox.store import Tx

NOUNS = {"payment_intent": "PaymentIntent", "setup_intent": "SetupIntent"}


def noun(intent: dict[str, Any]) -> str:
    return NOUNS[intent["object"]]


def refuse_session_owned(tx: Tx, intent: dict[str, Any], verb: str) -> None:
    if tx.inner(intent["id"]).get("session"):
        raise NotInThisState(
            f"You cannot {verb} this {noun(intent)} because it was created by a Checkout Session. "
            "To cancel it, expire the Checkout Session.",
            code=f"{intent['object']}_unexpected_state",
        )


def wrong_state(intent: dict[str, Any], message: str) -> NotInThisState:
    error = NotInThisState(message, code=f"{intent['object']}_unexpected_state")
    error.more = {intent["object"]: intent}
    return error
