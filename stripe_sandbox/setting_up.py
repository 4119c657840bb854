"""Keeping a card without paying: what a SetupIntent makes of a card, or a card of it."""

from typing import Any

from stripe_sandbox.cards import Decline, Instrument
from stripe_sandbox.errors import CardError
from stripe_sandbox.events import emit
from stripe_sandbox.ids import new_id
from stripe_sandbox.resources.customers import attach
from stripe_sandbox.store import Tx


def set_up(
    tx: Tx, intent: dict[str, Any], method: dict[str, Any], instrument: Instrument, *, authenticated: bool = False
) -> None:
    """The card stays with the intent's customer. Raises CardError when the bank says no; the failure stays."""
    if instrument.decline:
        raise refused(tx, intent, method, instrument.decline)
    tx.save_inner(method["id"], {**tx.inner(method["id"]), "set_up": intent["usage"] == "off_session"})
    if intent["customer"] and not method["customer"]:
        attach(tx, method, intent["customer"], redisplay="always")
    intent |= {
        "last_setup_error": None,
        "latest_attempt": new_id("setatt"),
        "next_action": None,
        "payment_method": method["id"],
        "status": "succeeded",
    }
    emit(tx, "setup_intent.succeeded", tx.save(intent))


def refused(tx: Tx, intent: dict[str, Any], method: dict[str, Any], decline: Decline) -> CardError:
    """The error to raise; the intent's new state is written."""
    error = CardError(decline.message, code=decline.code, decline_code=decline.decline_code or decline.code)
    error.more |= {"advice_code": decline.advice, "network_decline_code": decline.network_code}
    intent |= {
        "last_setup_error": {**error.body()["error"], "payment_method": method},
        "latest_attempt": new_id("setatt"),
        "next_action": None,
        "payment_method": None,
        "status": "requires_payment_method",
    }
    emit(tx, "setup_intent.setup_failed", tx.save(intent))
    error.more |= {"setup_intent": intent, "payment_method": method}
    return error


def cancel(tx: Tx, intent: dict[str, Any], reason: str | None) -> dict[str, Any]:
    intent |= {"cancellation_reason": reason, "next_action": None, "status": "canceled"}
    emit(tx, "setup_intent.canceled", tx.save(intent))
    return intent
