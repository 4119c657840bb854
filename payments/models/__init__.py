from payments.models.book import BookEntry, ByHand, Reconciliation
from payments.models.card import CardSetup, SavedCard, StripeCustomer
from payments.models.dispute import Dispute, Reversal
from payments.models.event import StripeEvent
from payments.models.ledger import Account, AccountKind, Transfer, TransferKind
from payments.models.outside import Outside
from payments.models.payment import Abandonment, Payment, Refund
from payments.models.payout import BankPayout, Earning, Payout, PayoutAccount
from payments.models.task import FinanceTask

__all__ = [
    "Abandonment",
    "Account",
    "AccountKind",
    "BankPayout",
    "BookEntry",
    "ByHand",
    "CardSetup",
    "Dispute",
    "Earning",
    "FinanceTask",
    "Outside",
    "Payment",
    "Payout",
    "PayoutAccount",
    "Reconciliation",
    "Refund",
    "Reversal",
    "SavedCard",
    "StripeCustomer",
    "StripeEvent",
    "Transfer",
    "TransferKind",
]
