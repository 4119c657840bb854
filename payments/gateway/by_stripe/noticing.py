"""What a stored event of Stripe is about. It was read from JSON, so these are plain dicts."""

from collections.abc import Mapping
from typing import Any

from payments.gateway.values import Notice, Subject

Body = Mapping[str, Any]
SUBJECTS: dict[str, Subject] = {
    "payment_intent": "intent",
    "payment_method": "card",
    "refund": "refund",
    "dispute": "dispute",
    "account": "account",
    "transfer": "transfer",
    "payout": "bank_payout",
}
LEFT = "account.application.deauthorized"


def notice_of(event: Body) -> Notice:
    """What is of no known kind is about nothing: Stripe adds kinds without asking."""
    body = (event.get("data") or {}).get("object") or {}
    account_id = event.get("account") or ""
    if event.get("type") == LEFT:
        return Notice("account", account_id, account_id=account_id, deauthorised=True)
    subject = _subject(body)
    if not subject:
        return Notice("", account_id=account_id)
    return Notice(
        subject,
        body.get("id", ""),
        marks=_marks(body),
        account_id=account_id,
        is_paid=_is_paid(body),
        decline_code=_decline(event, body),
    )


def _subject(body: Body) -> Subject:
    if body.get("object") == "checkout.session":
        return "card_page" if body.get("mode") == "setup" else "checkout"
    return SUBJECTS.get(body.get("object", ""), "")


def _marks(body: Body) -> dict[str, str]:
    marks = dict(body.get("metadata") or {})
    ref = body.get("client_reference_id")
    return {"ref": ref, **marks} if ref else marks


def _is_paid(body: Body) -> bool:
    is_charge = body.get("object") == "payment_intent" and body.get("status") == "succeeded"
    return is_charge or body.get("payment_status") == "paid"


def _decline(event: Body, body: Body) -> str:
    if event.get("type") != "payment_intent.payment_failed":
        return ""
    error = body.get("last_payment_error") or {}
    return error.get("decline_code") or error.get("code") or "declined"
