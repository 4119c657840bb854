"""Checkout Sessions, and PaymentIntents of saved cards."""

from typing import Any

import stripe

from payments.errors import CardRefused, FeeUnknown
from payments.gateway.by_stripe.asking import (
    CURRENCY,
    MERCHANT,
    Asking,
    asked,
    in_our_currency,
    keyed,
    raise_if_no_customer,
)
from payments.gateway.by_stripe.cards import kept_card
from payments.gateway.values import Capture, Checkout, Intent

WHOLE_INTENT: Any = {"expand": ["latest_charge.balance_transaction", "payment_method"]}
WHOLE_CHECKOUT: Any = {
    "expand": ["payment_intent.latest_charge.balance_transaction", "payment_intent.payment_method"],
}


class Payments(Asking):
    def create_checkout(
        self,
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
            return asked(lambda: _checkout(self.v1.checkout.sessions.create(params, keyed(key))))
        except stripe.InvalidRequestError as error:
            raise_if_no_customer(error)
            raise

    def retrieve_checkout(self, session_id: str) -> Checkout:
        return asked(lambda: _checkout(self.v1.checkout.sessions.retrieve(session_id, WHOLE_CHECKOUT)))

    def expire_checkout(self, session_id: str) -> Checkout:
        try:
            return asked(lambda: _checkout(self.v1.checkout.sessions.expire(session_id)))
        except stripe.InvalidRequestError:
            return self.retrieve_checkout(session_id)

    def create_intent(
        self,
        *,
        amount: int,
        description: str,
        marks: dict[str, str],
        customer_id: str,
        payment_method_id: str,
        key: str,
    ) -> Intent:
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
            return asked(lambda: _intent(self.v1.payment_intents.create(params, keyed(key))))
        except stripe.InvalidRequestError as error:
            raise_if_no_customer(error)
            raise CardRefused(error.code or "invalid_request") from error

    def confirm_intent(self, *, intent_id: str, return_url: str, key: str) -> Intent:
        params: Any = {"return_url": return_url, **WHOLE_INTENT}
        try:
            return asked(lambda: _intent(self.v1.payment_intents.confirm(intent_id, params, keyed(key))))
        except (stripe.CardError, stripe.InvalidRequestError):
            return self.retrieve_intent(intent_id)

    def retrieve_intent(self, intent_id: str) -> Intent:
        return asked(lambda: _intent(self.v1.payment_intents.retrieve(intent_id, WHOLE_INTENT)))

    def cancel_intent(self, intent_id: str) -> Intent:
        try:
            return asked(lambda: _intent(self.v1.payment_intents.cancel(intent_id)))
        except stripe.InvalidRequestError:
            return self.retrieve_intent(intent_id)


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
        marks=intent.metadata.to_dict() if intent.metadata else {},
    )


def _capture(intent: Any) -> Capture:
    charge = intent.latest_charge
    if charge.balance_transaction is None:
        raise FeeUnknown
    fee = in_our_currency(charge.balance_transaction).fee
    return Capture(intent.id, charge.id, charge.amount, fee, _method(charge), kept_card(intent.payment_method))


def _method(charge: Any) -> str:
    details = charge.payment_method_details
    card = getattr(details, "card", None)
    return f"{card.brand} •••• {card.last4}" if card else details.type
