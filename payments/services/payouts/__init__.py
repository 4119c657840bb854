"""Companions are paid: from what was earned to the transfer, and what they are shown of it."""

from payments.services.naming import Named, named
from payments.services.payouts.accounts import account_of, dashboard_url, leave, onboarding_url, sync_account, user_of
from payments.services.payouts.balance import Balance, balance_of, earnings_of, rows_of
from payments.services.payouts.earnings import held_refs, is_waiting, note_earning, payday
from payments.services.payouts.losses import Lost, lost
from payments.services.payouts.releasing import release_due
from payments.services.payouts.sending import send_payout
from payments.services.payouts.statement import Line, statement_of
from payments.services.payouts.telling import bank_reason

__all__ = [
    "Balance",
    "Line",
    "Lost",
    "Named",
    "account_of",
    "balance_of",
    "bank_reason",
    "dashboard_url",
    "earnings_of",
    "held_refs",
    "is_waiting",
    "leave",
    "lost",
    "named",
    "note_earning",
    "onboarding_url",
    "payday",
    "release_due",
    "rows_of",
    "send_payout",
    "statement_of",
    "sync_account",
    "user_of",
]
