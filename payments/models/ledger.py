"""The double-entry ledger. A row of Transfer is one debit and one credit, so the books cannot be unbalanced.

Balances are kept by a statement trigger on Transfer (migration 0002); nothing else may write them.
"""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class AccountKind(models.TextChoices):
    """Who holds the money. `owner` is the reference for a booking (hold, earned), else "user:ID" of the client or the
    companion it came from or goes to. "" is what the platform booked in one account for all before migration 0007."""

    STRIPE_CLEARING = "stripe_clearing"
    STRIPE_FEES = "stripe_fees"
    PLATFORM_FEE = "platform_fee"
    PREPAY = "prepay"
    HOLD = "hold"
    EARNED = "earned"
    PAYABLE = "payable"
    REFUND_PENDING = "refund_pending"
    PAYOUT_PENDING = "payout_pending"
    DISPUTE_RESERVE = "dispute_reserve"
    DISPUTE_LOSS = "dispute_loss"
    BY_HAND = "by_hand"


class TransferKind(models.TextChoices):
    """Why money moved; with `ref` and `seq` the idempotency key of the movement."""

    PAYMENT = "payment"
    STRIPE_FEE = "stripe_fee"
    HOLD = "hold"
    MINUTE = "minute"
    COMPENSATION = "compensation"
    EXTRA = "extra"
    SETTLE_COMPANION = "settle_companion"
    SETTLE_FEE = "settle_fee"
    RELEASE = "release"
    REFUND = "refund"
    REFUND_SUCCEEDED = "refund_succeeded"
    REFUND_FAILED = "refund_failed"
    PAYOUT = "payout"
    PAYOUT_SENT = "payout_sent"
    PAYOUT_FAILED = "payout_failed"
    PAYOUT_REVERSED = "payout_reversed"
    DISPUTE = "dispute"
    DISPUTE_FEE = "dispute_fee"
    DISPUTE_WON = "dispute_won"
    DISPUTE_FEE_BACK = "dispute_fee_back"
    DISPUTE_LATE = "dispute_late"
    DISPUTE_WON_LATE = "dispute_won_late"
    LOST_PREPAY = "lost_prepay"
    LOST_COMPANION = "lost_companion"
    LOST_FEE = "lost_fee"
    LOST_PLATFORM = "lost_platform"
    HAND_REFUND = "hand_refund"
    HAND_PAYOUT = "hand_payout"
    HAND_BACK = "hand_back"


class Account(models.Model):
    kind = models.CharField(max_length=20, choices=AccountKind)
    owner = models.CharField(max_length=60, blank=True, default="")
    credit_normal = models.BooleanField()
    may_overdraw = models.BooleanField(default=False)
    debits = models.BigIntegerField(default=0, editable=False)
    credits = models.BigIntegerField(default=0, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "owner"], name="account_kind_owner"),
            models.CheckConstraint(condition=Q(kind__in=AccountKind.values), name="account_kind_known"),
            models.CheckConstraint(condition=Q(debits__gte=0, credits__gte=0), name="account_sums_not_negative"),
            models.CheckConstraint(
                condition=Q(may_overdraw=True)
                | Q(credit_normal=True, credits__gte=F("debits"))
                | Q(credit_normal=False, debits__gte=F("credits")),
                name="account_not_overdrawn",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.owner}" if self.owner else self.kind

    @property
    def balance(self) -> int:
        """In fen, positive on the account's normal side."""
        return self.credits - self.debits if self.credit_normal else self.debits - self.credits


class Transfer(models.Model):
    kind = models.CharField(max_length=20, choices=TransferKind)
    ref = models.UUIDField(help_text="What the money is for: the opaque reference of the order.")
    seq = models.BigIntegerField(default=0, help_text="Which one of its kind; for minutes the first minute.")
    upto = models.BigIntegerField(null=True, blank=True, help_text="For minutes: the last minute, exclusive.")
    # Triggers keep the two (migration 0005): the posting one has looked at both accounts anyway, and a foreign key's
    # would lock them once more, for each minute of each running order.
    debit = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="debit_transfers", db_index=False, db_constraint=False
    )
    credit = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="credit_transfers", db_index=False, db_constraint=False
    )
    amount = models.BigIntegerField(help_text="Fen.")
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ref", "kind", "seq"], name="transfer_once"),
            models.CheckConstraint(condition=Q(kind__in=TransferKind.values), name="transfer_kind_known"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_amount_positive"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="transfer_moves_money"),
            models.CheckConstraint(
                condition=Q(kind=TransferKind.MINUTE, upto__gt=F("seq"))
                | (~Q(kind=TransferKind.MINUTE) & Q(upto=None)),
                name="transfer_minutes_have_range",
            ),
            models.CheckConstraint(condition=~Q(kind="extra") | Q(seq=0), name="transfer_passed_on_once"),
        ]
        indexes = [
            models.Index(fields=["credit", "at"], condition=Q(kind="settle_companion"), name="transfer_payout"),
            models.Index(fields=["credit"], condition=Q(kind="extra"), name="transfer_passed_on"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref} #{self.seq}: {self.amount}"
