from payments.models.card import SavedCard, StripeCustomer
from payments.models.event import StripeEvent
from payments.models.ledger import Account, AccountKind, Transfer, TransferKind
from payments.models.payment import Abandonment, Payment, Refund

__all__ = [
    "Abandonment",
    "Account",
    "AccountKind",
    "Payment",
    "Refund",
    "SavedCard",
    "StripeCustomer",
    "StripeEvent",
    "Transfer",
    "TransferKind",
]
