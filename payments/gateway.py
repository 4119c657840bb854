"""The only module that speaks to Stripe. It takes and gives plain values; no model, no transaction, no decision."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import stripe
from django.conf import settings

from payments.errors import (
    BalanceTooLow,
    CardRefused,
    CustomerUnknown,
    FeeUnknown,
    KeyInUse,
    KeyTaken,
    ProviderUnavailable,
    RefundRefused,
    SignatureRefused,
)

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
CONFLICT = 409
WHOLE_INTENT: Any = {"expand": ["latest_charge.balance_transaction", "payment_method"]}


@dataclass(frozen=True, slots=True)
class KeptCard:
    """A card that stays with one of our customers and can be charged again, and what its holder knows it by."""

    id: str
    customer_id: str
    fingerprint: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


@dataclass(frozen=True, slots=True)
class Capture:
    """Money that Stripe took: ids, the fee in fen and the words for the payer's receipt.

    `card` is None for a wallet, and for a card that was not kept.
    """

    payment_intent_id: str
    charge_id: str
    amount: int
    fee: int
    method: str
    card: KeptCard | None = None


@dataclass(frozen=True, slots=True)
class Checkout:
    """A Checkout Session. `status` is open, complete or expired; `capture` is set once it is paid."""

    id: str
    url: str
    status: str
    capture: Capture | None


@dataclass(frozen=True, slots=True)
class Intent:
    """A PaymentIntent, with Stripe's words for its `status`; `capture` is set once it has succeeded.

    `redirect_url` is where the payer proves that the card is theirs (requires_action), `decline_code` is why the last
    attempt failed (requires_payment_method), each "" otherwise.
    """

    id: str
    status: str
    redirect_url: str = ""
    decline_code: str = ""
    capture: Capture | None = None


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


def create_customer(*, email: str, user_id: int, key: str) -> str:
    """The id of a customer. The same key with the same parameters is the same customer, with others KeyTaken."""
    params: Any = {"email": email, "metadata": {"user": str(user_id)}}
    return _asked(lambda: client().v1.customers.create(params, {"idempotency_key": key}).id)


def create_checkout(
    *,
    amount: int,
    description: str,
    marks: dict[str, str],
    customer_id: str,
    success_url: str,
    cancel_url: str,
    expires_at: int,
    key: str,
) -> Checkout:
    """Opens a Checkout Session over `amount` fen. `expires_at` in epoch seconds, 30 minutes to 24 hours ahead.

    `marks` is what the webhooks tell us again: the reference as "ref", and whatever else. A card it is paid with stays
    with the customer. The same key with the same parameters is the same session, with others KeyTaken.
    Raises CustomerUnknown when Stripe does not know the customer.
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
        # Never for the whole session: what cannot be kept (the wallets) would not be offered any more.
        "payment_method_options": {"wechat_pay": {"client": "web"}, "card": {"setup_future_usage": "off_session"}},
        "client_reference_id": marks["ref"],
        "customer": customer_id,
        "metadata": marks,
        "payment_intent_data": {"transfer_group": marks["ref"], "metadata": marks},
        "adaptive_pricing": {"enabled": False},
        "branding_settings": {"display_name": MERCHANT},
        "expires_at": expires_at,
        "success_url": success_url,
        "cancel_url": cancel_url,
    }
    try:
        return _asked(lambda: _checkout(client().v1.checkout.sessions.create(params, {"idempotency_key": key})))
    except stripe.InvalidRequestError as error:
        _raise_if_no_customer(error)
        raise


def retrieve_checkout(session_id: str) -> Checkout:
    expand: Any = {"expand": ["payment_intent.latest_charge.balance_transaction", "payment_intent.payment_method"]}
    return _asked(lambda: _checkout(client().v1.checkout.sessions.retrieve(session_id, expand)))


def expire_checkout(session_id: str) -> Checkout:
    """Closes an open session. One that was paid or expired meanwhile is returned as it is."""
    try:
        return _asked(lambda: _checkout(client().v1.checkout.sessions.expire(session_id)))
    except stripe.InvalidRequestError:
        return retrieve_checkout(session_id)


def create_intent(
    *, amount: int, description: str, marks: dict[str, str], customer_id: str, payment_method_id: str, key: str
) -> Intent:
    """A charge of a saved card over `amount` fen that is not made yet: no money moves before `confirm_intent`.

    Raises CardRefused when Stripe would not charge this card, CustomerUnknown when it does not know the customer.
    """
    params: Any = {
        "amount": amount,
        "currency": CURRENCY,
        "customer": customer_id,
        "payment_method": payment_method_id,
        "allowed_payment_method_types": ["card"],
        # The other way of capturing tells the fee some time later.
        "capture_method": "automatic",
        "description": description,
        "metadata": marks,
        "transfer_group": marks["ref"],
    }
    try:
        return _asked(lambda: _intent(client().v1.payment_intents.create(params, {"idempotency_key": key})))
    except stripe.InvalidRequestError as error:
        _raise_if_no_customer(error)
        raise CardRefused(error.code or "invalid_request") from error


def confirm_intent(*, intent_id: str, return_url: str, key: str) -> Intent:
    """Charges the card. A decline is an intent in requires_payment_method; what cannot be confirmed any more is
    returned as it is."""
    params: Any = {"return_url": return_url, **WHOLE_INTENT}
    try:
        return _asked(lambda: _intent(client().v1.payment_intents.confirm(intent_id, params, {"idempotency_key": key})))
    except (stripe.CardError, stripe.InvalidRequestError):
        return retrieve_intent(intent_id)


def retrieve_intent(intent_id: str) -> Intent:
    return _asked(lambda: _intent(client().v1.payment_intents.retrieve(intent_id, WHOLE_INTENT)))


def cancel_intent(intent_id: str) -> Intent:
    """Nobody can pay it any more. One that was paid or cancelled meanwhile is returned as it is."""
    try:
        return _asked(lambda: _intent(client().v1.payment_intents.cancel(intent_id)))
    except stripe.InvalidRequestError:
        return retrieve_intent(intent_id)


def detach_card(*, payment_method_id: str, key: str) -> None:
    """Stripe forgets the card. One that it does not keep (any more) is forgotten already."""
    try:
        _asked(lambda: client().v1.payment_methods.detach(payment_method_id, {}, {"idempotency_key": key}))
    except stripe.InvalidRequestError as error:
        if error.code != "resource_missing" and _asked(lambda: _is_kept(payment_method_id)):
            raise


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
        raise (KeyInUse if error.http_status == CONFLICT else KeyTaken) from error
    except TRY_AGAIN as error:
        raise ProviderUnavailable from error


def _checkout(session: stripe.checkout.Session) -> Checkout:
    intent = session.payment_intent
    paid = session.payment_status == "paid" and not isinstance(intent, str | None)
    return Checkout(session.id, session.url or "", session.status or "", _capture(intent) if paid else None)


def _intent(intent: Any) -> Intent:
    action, error = intent.next_action, intent.last_payment_error
    redirect = getattr(action, "redirect_to_url", None)
    failed = error if intent.status == "requires_payment_method" else None
    return Intent(
        id=intent.id,
        status=intent.status,
        redirect_url=redirect.url if redirect else "",
        decline_code=(getattr(failed, "decline_code", None) or failed.code or "declined") if failed else "",
        capture=_capture(intent) if intent.status == "succeeded" else None,
    )


def _capture(intent: Any) -> Capture:
    """Raises FeeUnknown: right after the charge Stripe may not have settled it yet."""
    charge = intent.latest_charge
    if charge.balance_transaction is None:
        raise FeeUnknown
    fee = charge.balance_transaction.fee
    return Capture(intent.id, charge.id, charge.amount, fee, _method(charge), _kept_card(intent.payment_method))


def _kept_card(method: Any) -> KeptCard | None:
    card = getattr(method, "card", None)
    if card is None or not method.customer:
        return None
    look = {name: getattr(card, name) for name in ("brand", "last4", "exp_month", "exp_year")}
    return KeptCard(id=method.id, customer_id=method.customer, fingerprint=card.fingerprint or "", **look)


def _is_kept(payment_method_id: str) -> bool:
    return client().v1.payment_methods.retrieve(payment_method_id).customer is not None


def _raise_if_no_customer(error: stripe.InvalidRequestError) -> None:
    if (error.code, error.param) == ("resource_missing", "customer"):
        raise CustomerUnknown from error


def _method(charge: Any) -> str:
    details = charge.payment_method_details
    card = getattr(details, "card", None)
    return f"{card.brand} •••• {card.last4}" if card else details.type


def _refund(refund: stripe.Refund) -> RefundState:
    reason = getattr(refund, "failure_reason", None)
    return RefundState(refund.id, refund.status or "pending", refund.amount, reason or "")
