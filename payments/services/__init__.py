"""What other apps may ask of payments."""

from payments.services.cards import detach_card, forget_card, saved_cards
from payments.services.charging import Charged, charge_saved_card
from payments.services.checkout import Money, checkout_url, money_back, money_of, open_payment, own_money
from payments.services.events import apply_event, store_event
from payments.services.income import daily_income
from payments.services.ledger import (
    OrderAccounts,
    accounts_of_order,
    compensate,
    hold,
    income_of,
    open_order,
    order_book,
    pass_on,
    passed_on_to,
    post_minutes,
    prepaid_for,
)
from payments.services.locking import Ending, lock_order, lock_orders, lock_passing
from payments.services.planning import Part, planned_refunds, used_payments
from payments.services.refunds import refund_unused, request_refund_again, send_back, send_refund, sync_refund
from payments.services.settling import apply_checkout
from payments.services.sharing import Release, back_to, hold_paid, release
from payments.services.ways import abandon, close_checkout, sync_payment, withdraw

__all__ = [
    "Charged",
    "Money",
    "OrderAccounts",
    "Part",
    "Ending",
    "Release",
    "abandon",
    "accounts_of_order",
    "apply_checkout",
    "apply_event",
    "back_to",
    "charge_saved_card",
    "checkout_url",
    "close_checkout",
    "compensate",
    "daily_income",
    "detach_card",
    "forget_card",
    "hold",
    "hold_paid",
    "income_of",
    "lock_order",
    "lock_orders",
    "lock_passing",
    "money_back",
    "money_of",
    "open_order",
    "open_payment",
    "own_money",
    "order_book",
    "pass_on",
    "passed_on_to",
    "planned_refunds",
    "post_minutes",
    "prepaid_for",
    "refund_unused",
    "release",
    "request_refund_again",
    "saved_cards",
    "send_back",
    "send_refund",
    "store_event",
    "sync_payment",
    "sync_refund",
    "used_payments",
    "withdraw",
]
