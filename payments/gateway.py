"""The only module that speaks to Stripe. It takes and gives plain values; no model, no transaction, no decision."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import stripe
from django.conf import settings

from payments.errors import BalanceTooLow, KeyTaken, ProviderUnavailable, RefundRefused, SignatureRefused

CURRENCY = "cny"
MERCHANT = "我在"
TIMEOUT_S = 20
SIGNATURE_TOLERANCE_S = 300
TRY_AGAIN = (
    stripe.APIConnectionError,
    stripe.APIError,
    stripe.AuthenticationError,
    stripe.RateLimitError,
)
NOT_ENOUGH = ("balance_insufficient", "insufficient_funds")
# Money on its way between Stripe and our bank: the books do not follow it.
PAYOUTS = ("payout", "payout_cancel", "payout_failure")
DEVELOPMENT_KEY = "sk_test_sandbox"


@dataclass(frozen=True, slots=True)
class Capture:
    """Money that Stripe took: ids, the fee in fen and the words for the payer's receipt."""

    payment_intent_id: str
    charge_id: str
    amount: int
    fee: int
    method: str


@dataclass(frozen=True, slots=True)
class Checkout:
    """A Checkout Session. `status` is open, complete or expired; `capture` is set once it is paid."""

    id: str
    url: str
    status: str
    capture: Capture | None


@dataclass(frozen=True, slots=True)
class RefundState:
    """A refund at Stripe. `status` is pending, requires_action, succeeded, failed or canceled; `amount` in fen.

    `id` is None only for one that Stripe refused to make.
    """

    id: str | None
    status: str
    amount: int
    failure_reason: str


@cache
def client() -> stripe.StripeClient:
    addresses: Any = {"api": settings.STRIPE_API_BASE} if settings.STRIPE_API_BASE else None
    return stripe.StripeClient(
        settings.STRIPE_SECRET_KEY or DEVELOPMENT_KEY,
        base_addresses=addresses,
        max_network_retries=2,
        http_client=stripe.RequestsClient(timeout=TIMEOUT_S),
    )


def create_checkout(
    *, amount: int, description: str, ref: str, success_url: str, cancel_url: str, expires_at: int, email: str, key: str
) -> Checkout:
    """Opens a Checkout Session over `amount` fen. `expires_at` in epoch seconds, 30 minutes to 24 hours ahead.

    The same key with the same parameters is the same session, with others KeyTaken.
    """
    params: Any = {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {"currency": CURRENCY, "unit_amount": amount, "product_data": {"name": description}},
            }
        ],
        "allowed_payment_method_types": ["card", "alipay", "wechat_pay"],
        "payment_method_options": {"wechat_pay": {"client": "web"}},
        "client_reference_id": ref,
        "customer_email": email,
        "metadata": {"ref": ref},
        "payment_intent_data": {"transfer_group": ref, "metadata": {"ref": ref}},
        "adaptive_pricing": {"enabled": False},
        "branding_settings": {"display_name": MERCHANT},
        "expires_at": expires_at,
        "success_url": success_url,
        "cancel_url": cancel_url,
    }
    return _asked(lambda: _checkout(client().v1.checkout.sessions.create(params, {"idempotency_key": key})))


def retrieve_checkout(session_id: str) -> Checkout:
    expand: Any = {"expand": ["payment_intent.latest_charge.balance_transaction"]}
    return _asked(lambda: _checkout(client().v1.checkout.sessions.retrieve(session_id, expand)))


def expire_checkout(session_id: str) -> Checkout:
    """Closes an open session. One that was paid or expired meanwhile is returned as it is."""
    try:
        return _asked(lambda: _checkout(client().v1.checkout.sessions.expire(session_id)))
    except stripe.InvalidRequestError:
        return retrieve_checkout(session_id)


def create_refund(*, payment_intent_id: str, amount: int, ref: str, key: str) -> RefundState:
    """Raises RefundRefused when asking again would not help, ProviderUnavailable when it would.

    BalanceTooLow is of the second kind, but Stripe repeats it for the same key: ask under another one.
    """
    params: Any = {"payment_intent": payment_intent_id, "amount": amount, "metadata": {"ref": ref}}
    try:
        return _asked(lambda: _refund(client().v1.refunds.create(params, {"idempotency_key": key})))
    except stripe.InvalidRequestError as error:
        if error.code in NOT_ENOUGH:
            raise BalanceTooLow from error
        raise RefundRefused(error.code or "invalid_request") from error


def retrieve_refund(refund_id: str) -> RefundState:
    return _asked(lambda: _refund(client().v1.refunds.retrieve(refund_id)))


def clearing_balance() -> int:
    """The sum of all balance transactions' net, in fen: what Stripe says it holds for us or has paid out to us."""

    def total() -> int:
        listing = client().v1.balance_transactions.list({"limit": 100})
        return sum(entry.net for entry in listing.auto_paging_iter() if entry.type not in PAYOUTS)

    return _asked(total)


def read_event(payload: bytes, signature: str) -> dict[str, Any]:
    """The event in a webhook's raw body.

    Raises SignatureRefused for a wrong, missing or old signature.
    """
    try:
        event = client().construct_event(
            payload, signature, settings.STRIPE_WEBHOOK_SECRET, tolerance=SIGNATURE_TOLERANCE_S
        )
    except (ValueError, stripe.SignatureVerificationError) as error:
        raise SignatureRefused from error
    return event.to_dict()


def _asked(question: Any) -> Any:
    try:
        return question()
    except stripe.IdempotencyError as error:
        raise KeyTaken from error
    except TRY_AGAIN as error:
        raise ProviderUnavailable from error


def _checkout(session: stripe.checkout.Session) -> Checkout:
    intent = session.payment_intent
    paid = session.payment_status == "paid" and not isinstance(intent, str | None)
    return Checkout(session.id, session.url or "", session.status or "", _capture(intent) if paid else None)


def _capture(intent: Any) -> Capture:
    charge = intent.latest_charge
    return Capture(intent.id, charge.id, charge.amount, charge.balance_transaction.fee, _method(charge))


def _method(charge: Any) -> str:
    details = charge.payment_method_details
    card = getattr(details, "card", None)
    return f"{card.brand} •••• {card.last4}" if card else details.type


def _refund(refund: stripe.Refund) -> RefundState:
    reason = getattr(refund, "failure_reason", None)
    return RefundState(refund.id, refund.status or "pending", refund.amount, reason or "")
