"""What other apps may ask of payments."""

from payments.services.checkout import (
    Money,
    abandon,
    apply_checkout,
    checkout_url,
    close_checkout,
    money_of,
    open_payment,
    sync_payment,
)
from payments.services.events import apply_event, store_event
from payments.services.income import daily_income
from payments.services.ledger import (
    OrderAccounts,
    Release,
    accounts_of_order,
    compensate,
    hold,
    income_of,
    open_order,
    order_book,
    post_minutes,
    prepaid_for,
    release,
)
from payments.services.refunds import refund_unused, request_refund_again, send_refund, sync_refund

__all__ = [
    "Money",
    "OrderAccounts",
    "Release",
    "abandon",
    "accounts_of_order",
    "apply_checkout",
    "apply_event",
    "checkout_url",
    "close_checkout",
    "compensate",
    "daily_income",
    "hold",
    "income_of",
    "money_of",
    "open_order",
    "open_payment",
    "order_book",
    "post_minutes",
    "prepaid_for",
    "refund_unused",
    "release",
    "request_refund_again",
    "send_refund",
    "store_event",
    "sync_payment",
    "sync_refund",
]
