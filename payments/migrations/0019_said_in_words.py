"""What finance reads of the tables has words of its own. Nothing in the database changes."""

from typing import Any

from django.db import migrations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

MODELS = {
    "account": ("account of the ledger", "accounts of the ledger"),
    "bankpayout": ("payout to a bank", "payouts to banks"),
    "bookentry": ("line of the payment provider", "lines of the payment provider"),
    "cardsetup": ("page to leave a card on", "pages to leave a card on"),
    "dispute": ("dispute", "disputes"),
    "earning": ("earning", "earnings"),
    "financetask": ("task for finance", "tasks for finance"),
    "payment": ("payment", "payments"),
    "payout": ("payout", "payouts"),
    "payoutaccount": ("account of a companion", "accounts of companions"),
    "reconciliation": ("comparison of the books", "comparisons of the books"),
    "refund": ("refund", "refunds"),
    "reversal": ("payout fetched back", "payouts fetched back"),
    "savedcard": ("saved card", "saved cards"),
    "stripecustomer": ("payer at Stripe", "payers at Stripe"),
    "stripeevent": ("event of Stripe", "events of Stripe"),
    "transfer": ("movement in the ledger", "movements in the ledger"),
}
FIELDS = {
    "account": {
        "credit_normal": "Grows by credits",
        "credits": "Credits",
        "debits": "Debits",
        "kind": "Kind",
        "may_overdraw": "May go below zero",
        "owner": "Whose",
    },
    "bankpayout": {
        "account": "Account",
        "amount": "Sum",
        "arrives_at": "Arrives at",
        "bank": "Bank account",
        "created_at": "Created at",
        "failure_code": "Why it failed",
        "status": "State",
        "stripe_id": "Id at Stripe",
    },
    "bookentry": {
        "about": "What it belongs to",
        "amount": "Sum",
        "created_at": "Created at",
        "fee": "Fee",
        "id": "Id",
        "kind": "Kind",
        "net": "Net",
        "ours": "In our books",
        "read_at": "Read at",
        "ref": "Reference",
        "source": "Number at the provider",
    },
    "cardsetup": {
        "asked_at": "Last asked about at",
        "card": "Card",
        "created_at": "Created at",
        "id": "Id",
        "session_id": "Payment page",
        "status": "State",
        "user": "Whose",
    },
    "dispute": {
        "accept_asked_at": "Accepting decided at",
        "accept_by": "Accepted by",
        "accepted_at": "Accepted at",
        "amount": "Sum",
        "asked_at": "Last asked about at",
        "booked_at": "Loss booked at",
        "closed_at": "Closed at",
        "due_at": "Due at",
        "entries": "Lines known",
        "evidence": "Evidence",
        "evidence_asked_at": "Evidence released at",
        "evidence_attempt": "Attempt",
        "evidence_by": "Released by",
        "evidence_sent_at": "Evidence sent at",
        "inquiry_evidence": "Evidence while it only asked",
        "is_inquiry": "Only asked",
        "opened_at": "Opened at",
        "outcome": "Outcome",
        "payment": "Payment",
        "reason": "Reason",
        "ref": "Reference",
        "seq": "No.",
        "status": "State",
        "stripe_id": "Id at Stripe",
    },
    "earning": {
        "amount": "Sum",
        "companion": "Companion",
        "due_at": "Due at",
        "kept": "Kept for a lost dispute",
        "ref": "Reference",
        "released_at": "Sent off at",
        "settled_at": "Settled at",
        "stopped": "Why it waits",
    },
    "financetask": {
        "closed_at": "Closed at",
        "key": "Key",
        "kind": "Kind",
        "note": "What was found",
        "opened_at": "Opened at",
        "ref": "Reference",
    },
    "payment": {
        "amount": "Sum",
        "asked_at": "Last asked about at",
        "attempt": "Attempt",
        "card": "Card",
        "charge_id": "Charge",
        "charged_back": "Taken by the bank",
        "created_at": "Created at",
        "description": "What for",
        "expires_s": "Ends at, in seconds",
        "last_decline": "Last decline",
        "method": "Paid with",
        "payer": "Payer",
        "payment_intent_id": "Charge attempt",
        "ref": "Reference",
        "refunded": "Went back",
        "return_url": "Where he comes back to",
        "seq": "No.",
        "session_id": "Payment page",
        "session_url": "Address of the payment page",
        "status": "State",
        "succeeded_at": "Paid at",
        "unsure_since": "Not answered since",
    },
    "payout": {
        "account_id": "Account at Stripe",
        "amount": "Sum",
        "asked_at": "Last asked about at",
        "attempt": "Attempt",
        "changed_at": "Changed at",
        "earning": "Earning",
        "failure_reason": "Why it failed",
        "payment": "Payment",
        "requested_at": "Asked for at",
        "reversed": "Fetched back",
        "seq": "No.",
        "status": "State",
        "stripe_id": "Id at Stripe",
    },
    "payoutaccount": {
        "answered": "Question answered last",
        "asked_at": "Last asked about at",
        "asks": "Times asked",
        "bank": "Bank account",
        "can_receive": "Can receive",
        "can_withdraw": "Can withdraw",
        "country": "Country",
        "created_at": "Created at",
        "details_submitted": "Details given",
        "disabled_reason": "Why it is held back",
        "due": "Still wanted",
        "key": "Key",
        "left_at": "Left us at",
        "stripe_id": "Id at Stripe",
        "synced_at": "Last heard of at",
        "user": "Whose",
    },
    "reconciliation": {
        "entries": "Lines known",
        "findings": "What differs",
        "finished_at": "Finished",
        "foreign": "Of them not ours",
        "heard": "Events no webhook brought",
        "ours_fen": "At the provider, by our books",
        "started_at": "Began at",
        "theirs_fen": "At the provider, by its own",
    },
    "refund": {
        "amount": "Sum",
        "asked_at": "Last asked about at",
        "attempt": "Attempt",
        "changed_at": "Changed at",
        "failure_reason": "Why it failed",
        "payment": "Payment",
        "ref": "Reference",
        "requested_at": "Asked for at",
        "seq": "No.",
        "status": "State",
        "stripe_id": "Id at Stripe",
    },
    "reversal": {
        "amount": "Sum",
        "asked_at": "Last asked about at",
        "dispute": "Dispute",
        "failure_reason": "Why it failed",
        "payout": "Payout",
        "requested_at": "Asked for at",
        "status": "State",
        "stripe_id": "Id at Stripe",
    },
    "savedcard": {
        "asked_at": "Last asked about at",
        "brand": "Brand",
        "created_at": "Created at",
        "detached_at": "Forgotten by Stripe at",
        "exp_month": "Expiry month",
        "exp_year": "Expiry year",
        "fingerprint": "Fingerprint",
        "last4": "Last digits",
        "removed_at": "Removed at",
        "stripe_id": "Id at Stripe",
        "user": "Whose",
    },
    "stripecustomer": {"created_at": "Created at", "key": "Key", "stripe_id": "Id at Stripe", "user": "Whose"},
    "stripeevent": {
        "attempts": "Attempts",
        "due_at": "Due at",
        "error": "Error",
        "id": "Id",
        "payload": "Content",
        "processed_at": "Taken in at",
        "received_at": "Received at",
        "type": "Kind",
    },
    "transfer": {
        "amount": "Sum",
        "at": "When",
        "credit": "Credit",
        "debit": "Debit",
        "kind": "Kind",
        "ref": "Reference",
        "seq": "No.",
        "upto": "Up to",
    },
}
OPTIONS: dict[str, dict[str, Any]] = {"dispute": {"permissions": [("answer_dispute", "Can send evidence in disputes")]}}
CHOICES = {
    "account.kind": [
        ("stripe_clearing", "At the payment provider"),
        ("stripe_fees", "Fees of the payment provider"),
        ("platform_fee", "Share of the platform"),
        ("prepay", "Prepaid by clients"),
        ("hold", "Held for an order"),
        ("earned", "Earned in an order"),
        ("payable", "Owed to companions"),
        ("refund_pending", "On its way back to clients"),
        ("payout_pending", "On its way to companions"),
        ("dispute_reserve", "Taken by banks in disputes"),
        ("dispute_loss", "Lost in disputes"),
    ],
    "cardsetup.status": [("open", "open"), ("kept", "kept"), ("closed", "closed")],
    "dispute.outcome": [("open", "open"), ("won", "won"), ("lost", "lost")],
    "financetask.kind": [
        ("refund_failed", "A refund failed: the client's money is with us"),
        ("payout_refused", "A payout was refused"),
        ("dispute", "A payment is disputed: evidence is wanted"),
        ("debt", "A companion owes us after a lost dispute"),
        ("books_differ", "Books and payment provider differ"),
    ],
    "payment.status": [("open", "open"), ("succeeded", "succeeded"), ("expired", "expired")],
    "payout.status": [("requested", "requested"), ("sent", "sent"), ("failed", "failed")],
    "refund.status": [
        ("requested", "requested"),
        ("pending", "pending"),
        ("succeeded", "succeeded"),
        ("failed", "failed"),
    ],
    "reversal.status": [("requested", "requested"), ("done", "done"), ("failed", "failed")],
    "transfer.kind": [
        ("payment", "Paid by the client"),
        ("stripe_fee", "Fee for the payment"),
        ("hold", "Set aside for the order"),
        ("minute", "Minutes served"),
        ("compensation", "Compensation"),
        ("extra", "Laid out for the client"),
        ("settle_companion", "The companion's part"),
        ("settle_fee", "The platform's part"),
        ("release", "Not used, free again"),
        ("refund", "Refund asked for"),
        ("refund_succeeded", "Refund arrived"),
        ("refund_failed", "Refund failed"),
        ("payout", "Payout asked for"),
        ("payout_sent", "Payout sent"),
        ("payout_failed", "Payout failed"),
        ("payout_reversed", "Payout fetched back"),
        ("dispute", "Taken by the bank"),
        ("dispute_fee", "Fee for the dispute"),
        ("dispute_won", "Given back by the bank"),
        ("dispute_fee_back", "Fee for the dispute given back"),
        ("lost_prepay", "Lost: was the client's own still"),
        ("lost_companion", "Lost: the companion's part"),
        ("lost_fee", "Lost: the platform's part"),
        ("lost_platform", "Lost: borne by the platform"),
    ],
}


class Said(Operation):
    """The words of a field and of its choices, and nothing else of it: nothing is asked for of the database."""

    reduces_to_sql = False
    reversible = True

    def __init__(self, model_name: str, name: str, **words: Any) -> None:
        self.model_name, self.name, self.words = model_name, name, words

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        field = state.models[app_label, self.model_name].fields[self.name]
        _, _, args, given = field.deconstruct()
        said = type(field)(*args, **{**given, **self.words})
        state.alter_field(app_label, self.model_name, self.name, said, preserve_default=True)

    def database_forwards(self, *_: Any) -> None:
        pass

    def database_backwards(self, *_: Any) -> None:
        pass

    def describe(self) -> str:
        return f"Words of {self.model_name}.{self.name}"


def said() -> list[Operation]:
    words = ((model, name, label) for model, labels in FIELDS.items() for name, label in labels.items())
    found: list[Operation] = []
    for model, name, label in words:
        of_choices = CHOICES.get(f"{model}.{name}")
        found.append(Said(model, name, verbose_name=label, **({"choices": of_choices} if of_choices else {})))
    return found


class Migration(migrations.Migration):
    dependencies = [("payments", "0018_accepted")]

    operations = [
        *(
            migrations.AlterModelOptions(
                name, OPTIONS.get(name, {}) | {"verbose_name": one, "verbose_name_plural": many}
            )
            for name, (one, many) in MODELS.items()
        ),
        *said(),
    ]
