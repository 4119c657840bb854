"""Customers, and the cards they leave with Stripe."""

from typing import Any

import stripe

from payments.gateway.by_stripe.asking import CURRENCY, MERCHANT, Asking, asked, keyed, raise_if_no_customer
from payments.gateway.values import CardPage, KeptCard

WHOLE_PAGE: Any = {"expand": ["setup_intent.payment_method"]}


class Cards(Asking):
    def create_customer(self, *, email: str, user_id: int, key: str) -> str:
        params: Any = {"email": email, "metadata": {"user": str(user_id)}}
        return asked(lambda: self.v1.customers.create(params, keyed(key)).id)

    def create_card_page(
        self, *, marks: dict[str, str], customer_id: str, success_url: str, cancel_url: str, key: str
    ) -> CardPage:
        params: Any = {
            "mode": "setup",
            "currency": CURRENCY,
            "allowed_payment_method_types": ["card"],
            "customer": customer_id,
            "metadata": marks,
            "setup_intent_data": {"metadata": marks},
            "branding_settings": {"display_name": MERCHANT},
            "success_url": success_url,
            "cancel_url": cancel_url,
        }
        try:
            return asked(lambda: _page(self.v1.checkout.sessions.create(params, keyed(key))))
        except stripe.InvalidRequestError as error:
            raise_if_no_customer(error)
            raise

    def retrieve_card_page(self, page_id: str) -> CardPage:
        try:
            return asked(lambda: _page(self.v1.checkout.sessions.retrieve(page_id, WHOLE_PAGE)))
        except stripe.InvalidRequestError as error:
            if error.code != "resource_missing":
                raise
            return CardPage(page_id, "", "expired", None)

    def retrieve_card(self, payment_method_id: str) -> KeptCard | None:
        try:
            return kept_card(asked(lambda: self.v1.payment_methods.retrieve(payment_method_id)))
        except stripe.InvalidRequestError as error:
            if error.code != "resource_missing":
                raise
            return None

    def detach_card(self, *, payment_method_id: str, key: str) -> None:
        try:
            asked(lambda: self.v1.payment_methods.detach(payment_method_id, {}, keyed(key)))
        except stripe.InvalidRequestError as error:
            if error.code != "resource_missing" and asked(lambda: self._is_kept(payment_method_id)):
                raise

    def _is_kept(self, payment_method_id: str) -> bool:
        return self.v1.payment_methods.retrieve(payment_method_id).customer is not None


def kept_card(method: Any) -> KeptCard | None:
    card = getattr(method, "card", None)
    if card is None or not method.customer:
        return None
    look = {name: getattr(card, name) for name in ("brand", "last4", "exp_month", "exp_year")}
    return KeptCard(id=method.id, customer_id=method.customer, fingerprint=card.fingerprint or "", **look)


def _page(session: stripe.checkout.Session) -> CardPage:
    setup = session.setup_intent
    is_kept = session.status == "complete" and not isinstance(setup, str | None)
    card = kept_card(setup.payment_method) if is_kept else None  # type: ignore[union-attr]
    return CardPage(session.id, session.url or "", session.status or "", card)
