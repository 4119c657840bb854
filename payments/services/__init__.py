"""What other apps may ask of payments."""

from payments.services.adding import card_page_url, sync_card_setup
from payments.services.cards import card_to_offer, forget_card, saved_cards
from payments.services.charging import Charged, charge_saved_card, open_charges
from payments.services.checkout import Money, checkout_url, money_back, money_of, open_payment, own_money
from payments.services.detaching import detach_card
from payments.services.disputes import (
    Evidence,
    ask_to_send,
    book_loss,
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
from payments.services.locking import Ending, lock_order, lock_orders, lock_passing
from payments.services.payouts import (
    account_of,
    balance_of,
    bank_reason,
    dashboard_url,
    earnings_of,
    onboarding_url,
    release_due,
    rows_of,
    send_payout,
    statement_of,
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
    "balance_of",
    "bank_reason",
    "book_loss",
    "card_page_url",
    "card_to_offer",
    "charge_saved_card",
    "checkout_url",
    "close_checkout",
    "close_task",
    "compensate",
    "daily_income",
    "dashboard_url",
    "detach_card",
    "earnings_of",
    "forget_card",
    "gathered",
    "hold",
    "hold_paid",
    "income_of",
    "lock_order",
    "lock_orders",
    "lock_passing",
    "losses_to_book",
    "money_back",
    "money_of",
    "onboarding_url",
    "open_charges",
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
    "rows_of",
    "saved_cards",
    "send_back",
    "send_evidence",
    "send_payout",
    "send_refund",
    "send_reversal",
    "statement_of",
    "store_event",
    "sync_account",
    "sync_card_setup",
    "sync_dispute",
    "sync_payment",
    "sync_refund",
    "used_payments",
    "withdraw",
]
