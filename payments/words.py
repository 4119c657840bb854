"""What finance reads for what stands in the tables."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from payments.models import AccountKind, TransferKind

WHY: dict[str, Promise] = {
    "missing_there": _("In our books, and not at the payment provider"),
    "missing_here": _("At the payment provider, and not in our books"),
    "another_amount": _("Another sum on each side"),
    "changed": _("The payment provider tells it otherwise than before"),
    "unexplained": _("Moved in our books without a payment, refund, payout or dispute"),
    "books": _("Our books contradict themselves"),
    "foreign": _("Not ours: sold by others through the same account"),
    "billed": _("Charged to the account by the payment provider itself"),
    "not_compared": _("Not compared yet"),
}
ACCOUNTS: dict[str, Promise] = {
    AccountKind.STRIPE_CLEARING: _("At the payment provider"),
    AccountKind.STRIPE_FEES: _("Fees of the payment provider"),
    AccountKind.PLATFORM_FEE: _("Share of the platform"),
    AccountKind.PREPAY: _("Prepaid by clients"),
    AccountKind.HOLD: _("Held for an order"),
    AccountKind.EARNED: _("Earned in an order"),
    AccountKind.PAYABLE: _("Owed to companions"),
    AccountKind.REFUND_PENDING: _("On its way back to clients"),
    AccountKind.PAYOUT_PENDING: _("On its way to companions"),
    AccountKind.DISPUTE_RESERVE: _("Taken by banks in disputes"),
    AccountKind.DISPUTE_LOSS: _("Lost in disputes"),
}
TRANSFERS: dict[str, Promise] = {
    TransferKind.PAYMENT: _("Paid by the client"),
    TransferKind.STRIPE_FEE: _("Fee for the payment"),
    TransferKind.HOLD: _("Set aside for the order"),
    TransferKind.MINUTE: _("Minutes served"),
    TransferKind.COMPENSATION: _("Compensation"),
    TransferKind.EXTRA: _("Laid out for the client"),
    TransferKind.SETTLE_COMPANION: _("The companion's part"),
    TransferKind.SETTLE_FEE: _("The platform's part"),
    TransferKind.RELEASE: _("Not used, free again"),
    TransferKind.REFUND: _("Refund asked for"),
    TransferKind.REFUND_SUCCEEDED: _("Refund arrived"),
    TransferKind.REFUND_FAILED: _("Refund failed"),
    TransferKind.PAYOUT: _("Payout asked for"),
    TransferKind.PAYOUT_SENT: _("Payout sent"),
    TransferKind.PAYOUT_FAILED: _("Payout failed"),
    TransferKind.PAYOUT_REVERSED: _("Payout fetched back"),
    TransferKind.DISPUTE: _("Taken by the bank"),
    TransferKind.DISPUTE_FEE: _("Fee for the dispute"),
    TransferKind.DISPUTE_WON: _("Given back by the bank"),
    TransferKind.DISPUTE_FEE_BACK: _("Fee for the dispute given back"),
    TransferKind.LOST_PREPAY: _("Lost: was the client's own still"),
    TransferKind.LOST_COMPANION: _("Lost: the companion's part"),
    TransferKind.LOST_FEE: _("Lost: the platform's part"),
    TransferKind.LOST_PLATFORM: _("Lost: borne by the platform"),
}
TOTALS: dict[str, Promise] = {
    "captured": _("Came from clients"),
    "refunded": _("Went back to clients"),
    "paid_out": _("Went to companions"),
    "disputed": _("Taken in disputes"),
    "fees": _("Fees"),
}
EVIDENCE: dict[str, Promise] = {
    "product_description": _("What was sold"),
    "service_date": _("When it took place"),
    "access_activity_log": _("What happened, step by step"),
    "refund_policy_disclosure": _("The refund rules that were agreed"),
    "uncategorized_text": _("The receipt, and what else there is to say"),
}
# What stands in a row as a word of its own.
STATES: dict[str, Promise] = {
    "open": _("open"),
    "succeeded": _("succeeded"),
    "expired": _("expired"),
    "requested": _("requested"),
    "pending": _("pending"),
    "failed": _("failed"),
    "sent": _("sent"),
    "done": _("done"),
    "won": _("won"),
    "lost": _("lost"),
}
ALL = {"why": WHY, "account": ACCOUNTS, "transfer": TRANSFERS, "evidence": EVIDENCE, "state": STATES}
