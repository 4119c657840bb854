"""What is read for what stands in the tables: by finance, and where it says so by others."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from payments.models import AccountKind, Dispute, Refund, TransferKind

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
# Stripe's reasons of disputes, as far as a companion is told more than that a bank decided so.
REASONS: dict[str, Promise] = {
    "fraudulent": _("The holder of the card told the bank that somebody else had paid with it."),
    "unrecognized": _("The holder of the card told the bank that the payment was not known to them."),
    "duplicate": _("The bank was told that the same had been paid twice."),
    "credit_not_processed": _("The bank was told that money was to come back and had not."),
    "product_not_received": _("The bank was told that what was paid for had not taken place."),
    "product_unacceptable": _("The bank was told that what was paid for was not as described."),
}
DISPUTED: dict[str, Promise] = {
    **REASONS,
    "general": _("The bank gives no reason."),
    "subscription_canceled": _("The bank was told that the payment had been called off before."),
    "bank_cannot_process": _("The bank could not carry out the payment."),
    "insufficient_funds": _("There was not enough money in the account."),
}
# Stripe's words for where a dispute stands.
BANK: dict[str, Promise] = {
    "needs_response": _("the bank waits for an answer"),
    "under_review": _("the bank decides"),
    "warning_needs_response": _("the bank asks, and waits for an answer"),
    "warning_under_review": _("the bank asks, and reads the answer"),
    "warning_closed": _("the bank asked, and let it be"),
    "prevented": _("was settled before it began"),
}
# Stripe's words for why money did not go where it was sent, or was not taken.
FAILURES: dict[str, Promise] = {
    "lost_or_stolen_card": _("The card was lost or stolen."),
    "expired_or_canceled_card": _("The card has expired or was cancelled."),
    "charge_disputed": _("The bank was asked for the same money in a dispute."),
    "charge_for_pending_refund_disputed": _("The bank was asked for the same money in a dispute."),
    "charge_already_refunded": _("It had gone back already."),
    "insufficient_funds": _("There was not enough money in the account."),
    "balance_insufficient": _("There was not enough money in the account."),
    "declined": _("The bank declined."),
    "card_declined": _("The bank declined."),
    "generic_decline": _("The bank declined."),
    "do_not_honor": _("The bank declined."),
    "expired_card": _("The card has expired or was cancelled."),
    "lost_card": _("The card was lost or stolen."),
    "stolen_card": _("The card was lost or stolen."),
    "incorrect_cvc": _("The security code was wrong."),
    "authentication_required": _("The bank wanted the payer to prove that the card was theirs."),
    "merchant_request": _("It was called off by us."),
    "unknown": _("No reason was given."),
    "invalid_request": _("The payment provider did not take the request."),
    "resource_missing": _("The payment provider does not know it."),
    "account_invalid": _("The account at the payment provider is not there any more."),
    "account_closed": _("The account is closed."),
    "account_frozen": _("The account is frozen."),
    "bank_account_restricted": _("The account does not take such payments."),
    "incorrect_account_holder_name": _("The account is in another name."),
    "invalid_currency": _("The account does not take this currency."),
    "could_not_process": _("The bank could not carry out the payment."),
    "no_account": _("There is no such account."),
    "insufficient_capabilities_for_transfer": _("The account at the payment provider may not receive money."),
    "not_covered": _("The payments of the order do not cover it."),
    "held": _("Somebody still looks at what happened."),
}
BANK_PAYOUTS: dict[str, Promise] = {
    "pending": _("pending"),
    "in_transit": _("on its way to the bank"),
    "paid": _("arrived at the bank"),
    "failed": _("failed"),
    "canceled": _("called off"),
}
# The provider's words for the lines of its book.
LINES: dict[str, Promise] = {
    "charge": _("Payment"),
    "payment": _("Payment"),
    "refund": _("Refund"),
    "payment_refund": _("Refund"),
    "refund_failure": _("Refund that came back"),
    "payment_failure_refund": _("Refund that came back"),
    "transfer": _("Transfer to a companion"),
    "transfer_refund": _("Fetched back from a companion"),
    "transfer_cancel": _("Fetched back from a companion"),
    "transfer_failure": _("Transfer to a companion that failed"),
    "adjustment": _("Dispute: taken or given back"),
    "payout": _("To our bank"),
    "payout_failure": _("To our bank, came back"),
    "stripe_fee": _("Fee of the payment provider"),
    "application_fee": _("Fee"),
}
EVENTS: dict[str, Promise] = {
    "checkout.session.completed": _("Payment page: done"),
    "checkout.session.expired": _("Payment page: closed without a payment"),
    "checkout.session.async_payment_succeeded": _("Payment page: the money came later"),
    "checkout.session.async_payment_failed": _("Payment page: the money did not come"),
    "payment_intent.created": _("Payment: begun"),
    "payment_intent.processing": _("Payment: under way"),
    "payment_intent.requires_action": _("Payment: the payer has to confirm it"),
    "payment_intent.succeeded": _("Payment: succeeded"),
    "payment_intent.payment_failed": _("Payment: declined"),
    "payment_intent.canceled": _("Payment: called off"),
    "charge.succeeded": _("Card: charged"),
    "charge.failed": _("Card: declined"),
    "charge.updated": _("Card: details of the charge changed"),
    "charge.captured": _("Card: charged"),
    "charge.refunded": _("Card: money went back"),
    "charge.refund.updated": _("Refund: changed"),
    "refund.created": _("Refund: made"),
    "refund.updated": _("Refund: changed"),
    "refund.failed": _("Refund: failed"),
    "charge.dispute.created": _("Dispute: opened"),
    "charge.dispute.updated": _("Dispute: changed"),
    "charge.dispute.funds_withdrawn": _("Dispute: the bank took the money"),
    "charge.dispute.funds_reinstated": _("Dispute: the bank gave the money back"),
    "charge.dispute.closed": _("Dispute: decided"),
    "transfer.created": _("Transfer to a companion: made"),
    "transfer.updated": _("Transfer to a companion: changed"),
    "transfer.reversed": _("Transfer to a companion: fetched back"),
    "payout.created": _("Payout to a bank: made"),
    "payout.updated": _("Payout to a bank: changed"),
    "payout.paid": _("Payout to a bank: arrived"),
    "payout.failed": _("Payout to a bank: failed"),
    "payout.canceled": _("Payout to a bank: called off"),
    "account.updated": _("Account of a companion: changed"),
    "account.application.deauthorized": _("Account of a companion: has left us"),
    "account.external_account.created": _("Account of a companion: bank account given"),
    "account.external_account.updated": _("Account of a companion: bank account changed"),
    "account.external_account.deleted": _("Account of a companion: bank account removed"),
    "setup_intent.created": _("Leaving a card: begun"),
    "setup_intent.succeeded": _("Leaving a card: done"),
    "setup_intent.setup_failed": _("Leaving a card: declined"),
    "setup_intent.canceled": _("Leaving a card: called off"),
    "payment_method.attached": _("Saved card: kept"),
    "payment_method.updated": _("Saved card: changed"),
    "payment_method.detached": _("Saved card: removed"),
    "customer.created": _("Payer: made known"),
    "customer.updated": _("Payer: changed"),
}
ALL = {
    **{"why": WHY, "account": ACCOUNTS, "transfer": TRANSFERS, "evidence": EVIDENCE, "state": STATES},
    **{"disputed": DISPUTED, "bank": BANK, "failure": FAILURES, "bank_payout": BANK_PAYOUTS},
    **{"line": LINES, "event": EVENTS, "note": DISPUTED | FAILURES},
}


def said(code: str, of: str) -> str:
    """In the reader's language: `of` is a key of `ALL`. A code that has no word is shown as it is."""
    return str(ALL[of].get(code, code))


def became_of(refund: Refund) -> str:
    """Its state; of one that failed also when. `refund` is one of `Refund.objects.with_arrivals()`."""
    if refund.status != Refund.Status.FAILED:
        return said(refund.status, "state")
    if refund.stripe_id is None:
        return str(_("could not be made"))
    return str(_("had arrived, and came back") if getattr(refund, "arrived", False) else _("failed on its way"))


def standing(dispute: Dispute) -> str:
    """Where it stands, in one phrase: how it ended, else what we did last, else what the bank says."""
    if dispute.outcome != Dispute.Outcome.OPEN:
        return said(dispute.outcome, "state")
    if dispute.accept_asked_at:
        return str(_("being accepted"))
    if dispute.evidence_asked_at:
        return str(_("answered, the bank decides") if dispute.evidence_sent_at else _("the answer is on its way"))
    return said(dispute.status, "bank")
