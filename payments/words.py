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
ACCOUNTS: dict[str, Promise] = {kind.value: kind.label for kind in AccountKind}
TRANSFERS: dict[str, Promise] = {kind.value: kind.label for kind in TransferKind}
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
