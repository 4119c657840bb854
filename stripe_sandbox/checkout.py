"""The life of a Checkout Session: open, then complete (paid, or its card kept) or expired; whichever is first, once."""

from typing import Any

from stripe_sandbox import authentication, setting_up
from stripe_sandbox.cards import Instrument
from stripe_sandbox.charging import new_payment_method
from stripe_sandbox.errors import NotInThisState
from stripe_sandbox.events import emit
from stripe_sandbox.resources.customers import kept_for_later, new_customer
from stripe_sandbox.resources.payment_intents import cancel_intent, new_intent
from stripe_sandbox.store import Tx

KIND = "checkout.session"
PAYMENT_STATUS = {"payment": "paid", "setup": "no_payment_required"}


def pay(
    tx: Tx,
    session: dict[str, Any],
    instrument: Instrument,
    *,
    email: str | None = None,
    expiry: tuple[int, int] = (12, 2034),
) -> dict[str, Any]:
    """The completed session; a card that wants 3-D Secure leaves it open, and its intent waiting.

    Raises CardError when declined: the session stays open and may be tried again. Raises NotInThisState when it is not
    open, or its time is over although nobody has noticed yet.
    """
    must_be_open(tx, session)
    inner = tx.inner(session["id"])
    intent = the_intent(tx, session, inner)
    details = session["customer_details"] or customer_details(email=None, name=None)
    details["email"] = details["email"] or email
    method = new_payment_method(tx, instrument, expiry=expiry, email=details["email"], name=details["name"])
    if instrument.decline:
        raise authentication.flow(intent).refused(tx, intent, method, instrument.decline)
    intent["customer"] = the_customer(tx, session, intent, method, details)
    if authentication.is_wanted(tx, method, instrument):
        tx.save(session | {"customer_details": details})
        authentication.ask(tx, intent, method, f"{tx.setting('public_url')}/c/pay/{session['id']}")
        return session
    authentication.flow(intent).use(tx, intent, method, instrument)
    return complete(tx, session, intent, details)


def authenticated(tx: Tx, session: dict[str, Any], intent: dict[str, Any]) -> dict[str, Any]:
    """The session, completed after 3-D Secure. Raises as `pay` does."""
    must_be_open(tx, session)
    authentication.passed(tx, intent)
    return complete(tx, session, intent, session["customer_details"])


def must_be_open(tx: Tx, session: dict[str, Any]) -> None:
    if session["status"] != "open" or session["expires_at"] <= tx.now:
        raise NotInThisState("This Checkout Session is no longer open.", code="checkout_session_not_open")


def the_intent(tx: Tx, session: dict[str, Any], inner: dict[str, Any]) -> dict[str, Any]:
    """Made at the first attempt and used by all; the session shows it only once it is paid. A SetupIntent is there."""
    if session["setup_intent"]:
        return tx.get("setup_intent", session["setup_intent"])
    if inner.get("intent"):
        return tx.get("payment_intent", inner["intent"])
    asked = inner["payment_intent_data"]
    intent = new_intent(
        tx,
        amount=session["amount_total"],
        currency=session["currency"],
        types=session["payment_method_types"],
        customer=session["customer"],
        metadata=asked.get("metadata", {}),
        payment_method_options=session["payment_method_options"],
        **{
            field: asked.get(field)
            for field in (
                "description",
                "receipt_email",
                "setup_future_usage",
                "statement_descriptor_suffix",
                "transfer_group",
            )
        },
    )
    tx.save_inner(intent["id"], {"session": session["id"]})
    tx.save_inner(session["id"], {**inner, "intent": intent["id"]})
    return intent


def the_customer(
    tx: Tx, session: dict[str, Any], intent: dict[str, Any], method: dict[str, Any], details: dict[str, Any]
) -> str | None:
    known = session["customer"] or intent["customer"]
    if known:
        return known
    if session["customer_creation"] == "always" or kept_for_later(intent, method):
        return new_customer(tx, email=details["email"], name=details["name"])["id"]
    return None


def complete(tx: Tx, session: dict[str, Any], intent: dict[str, Any], details: dict[str, Any]) -> dict[str, Any]:
    session |= {
        "status": "complete",
        "payment_status": PAYMENT_STATUS[session["mode"]],
        intent["object"]: intent["id"],
        "customer": intent["customer"],
        "customer_details": details,
        "url": None,
    }
    tx.save(session)
    emit(tx, "checkout.session.completed", session)
    return session


def expire(tx: Tx, session: dict[str, Any]) -> dict[str, Any]:
    """Raises NotInThisState unless open: an expiry that comes after the payment has lost."""
    if session["status"] != "open":
        raise NotInThisState(
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of {session['status']}."
        )
    session |= {"status": "expired", "url": None}
    tx.save(session)
    intent_id = tx.inner(session["id"]).get("intent")
    if intent_id:
        cancel_intent(tx, tx.get("payment_intent", intent_id), "expired")
    if session["setup_intent"]:
        setting_up.cancel(tx, tx.get("setup_intent", session["setup_intent"]), None)
    emit(tx, "checkout.session.expired", session)
    return session


def time_is_over(tx: Tx, session_id: str) -> None:
    session = tx.get(KIND, session_id)
    if session["status"] == "open":
        expire(tx, session)


TIMERS = {"expire_session": time_is_over}


def customer_details(*, email: str | None, name: str | None) -> dict[str, Any]:
    return {
        "address": None,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": name,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }
