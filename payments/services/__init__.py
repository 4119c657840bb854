"""What other apps may ask of payments."""

from payments.services.cards import detach_card, forget_card, saved_cards
from payments.services.charging import Charged, charge_saved_card
from payments.services.checkout import Money, checkout_url, money_back, money_of, open_payment, own_money
from payments.services.disputes import (
    Evidence,
    ask_to_send,
    book_loss,
    dispute_of,
    gathered,
    losses_to_book,
    send_evidence,
    send_reversal,
    sync_dispute,
)
from payments.services.events import apply_event, store_event
from payments.services.finance import close_task, open_task
from payments.services.income import daily_income, income_of, passed_on_to
from payments.services.ledger import (
    OrderAccounts,
    accounts_of_order,
    compensate,
    hold,
    open_order,
    order_book,
    post_minutes,
    prepaid_for,
)
from payments.services.locking import Ending, lock_disputed, lock_order, lock_orders, lock_passing
from payments.services.payouts import (
    account_of,
    dashboard_url,
    held_refs,
    is_waiting,
    onboarding_url,
    release_due,
    send_payout,
    sync_account,
)
from payments.services.planning import Part, planned_refunds, used_payments
from payments.services.refunds import refund_unused, request_refund_again, send_back, send_refund, sync_refund
from payments.services.settling import apply_checkout
from payments.services.sharing import Release, back_to, hold_paid, pass_on, release
from payments.services.ways import abandon, close_checkout, sync_payment, withdraw

__all__ = [
    "Charged",
    "Ending",
    "Evidence",
    "Money",
    "OrderAccounts",
    "Part",
    "Release",
    "abandon",
    "account_of",
    "accounts_of_order",
    "apply_checkout",
    "apply_event",
    "ask_to_send",
    "back_to",
    "book_loss",
    "charge_saved_card",
    "checkout_url",
    "close_checkout",
    "close_task",
    "compensate",
    "daily_income",
    "dashboard_url",
    "detach_card",
    "dispute_of",
    "forget_card",
    "gathered",
    "held_refs",
    "hold",
    "hold_paid",
    "income_of",
    "is_waiting",
    "lock_disputed",
    "lock_order",
    "lock_orders",
    "lock_passing",
    "losses_to_book",
    "money_back",
    "money_of",
    "onboarding_url",
    "open_order",
    "open_payment",
    "open_task",
    "order_book",
    "own_money",
    "pass_on",
    "passed_on_to",
    "planned_refunds",
    "post_minutes",
    "prepaid_for",
    "refund_unused",
    "release",
    "release_due",
    "request_refund_again",
    "saved_cards",
    "send_back",
    "send_evidence",
    "send_payout",
    "send_refund",
    "send_reversal",
    "store_event",
    "sync_account",
    "sync_dispute",
    "sync_payment",
    "sync_refund",
    "used_payments",
    "withdraw",
]
