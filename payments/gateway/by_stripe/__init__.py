"""Stripe, through its SDK. No other module imports it."""

from payments.gateway.by_stripe.balance import Books
from payments.gateway.by_stripe.cards import Cards
from payments.gateway.by_stripe.companions import Companions
from payments.gateway.by_stripe.disputing import Disputes
from payments.gateway.by_stripe.paying import Payments
from payments.gateway.by_stripe.refunding import Refunds


class StripeProvider(Payments, Cards, Refunds, Companions, Disputes, Books):
    """`payments.gateway.port.Provider`, as Stripe does it."""


__all__ = ["StripeProvider"]
