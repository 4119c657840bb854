from payments.models.event import StripeEvent
from payments.models.ledger import Account, AccountKind, Transfer, TransferKind
from payments.models.payment import Abandonment, Payment, Refund

__all__ = ["Abandonment", "Account", "AccountKind", "Payment", "Refund", "StripeEvent", "Transfer", "TransferKind"]
