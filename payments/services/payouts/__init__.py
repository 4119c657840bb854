"""Companions are paid: from what was earned to the transfer, and what they are shown of it."""

from payments.services.payouts.accounts import account_of, dashboard_url, leave, onboarding_url, sync_account, user_of
from payments.services.payouts.earnings import held_refs, is_waiting, note_earning, payday
from payments.services.payouts.releasing import release_due
from payments.services.payouts.sending import send_payout

__all__ = [
    "account_of",
    "dashboard_url",
    "held_refs",
    "is_waiting",
    "leave",
    "note_earning",
    "onboarding_url",
    "payday",
    "release_due",
    "send_payout",
    "sync_account",
    "user_of",
]
