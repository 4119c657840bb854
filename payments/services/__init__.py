"""What other apps may ask of payments."""

from payments.services.checkout import abandon, apply_checkout, checkout_url, close_checkout, open_payment, sync_payment
from payments.services.events import apply_event, store_event
from payments.services.ledger import (
    OrderAccounts,
    Release,
    accounts_of_order,
    hold,
    order_book,
    post_minutes,
    prepaid_for,
    release,
)
from payments.services.refunds import refund_unused, send_refund, sync_refund

__all__ = [
    "OrderAccounts",
    "Release",
    "abandon",
    "accounts_of_order",
    "apply_checkout",
    "apply_event",
    "checkout_url",
    "close_checkout",
    "hold",
    "open_payment",
    "order_book",
    "post_minutes",
    "prepaid_for",
    "refund_unused",
    "release",
    "send_refund",
    "store_event",
    "sync_payment",
    "sync_refund",
]
