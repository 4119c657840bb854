"""The double-entry ledger. A row of Transfer is one debit and one credit, so the books cannot be unbalanced.

Balances are kept by a statement trigger on Transfer (migration 0002); nothing else may write them.
"""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class AccountKind(models.TextChoices):
    """Who holds the money. `owner` is the reference for a booking (hold, earned), else "user:ID" of the client or the
    companion it came from or goes to. "" is what the platform booked in one account for all before migration 0007."""

    STRIPE_CLEARING = "stripe_clearing", _("At the payment provider")
    STRIPE_FEES = "stripe_fees", _("Fees of the payment provider")
    PLATFORM_FEE = "platform_fee", _("Share of the platform")
    PREPAY = "prepay", _("Prepaid by clients")
    HOLD = "hold", _("Held for an order")
    EARNED = "earned", _("Earned in an order")
    PAYABLE = "payable", _("Owed to companions")
    REFUND_PENDING = "refund_pending", _("On its way back to clients")
    PAYOUT_PENDING = "payout_pending", _("On its way to companions")
    DISPUTE_RESERVE = "dispute_reserve", _("Taken by banks in disputes")
    DISPUTE_LOSS = "dispute_loss", _("Lost in disputes")
    BY_HAND = "by_hand", _("Done by hand, at the platform's cost")
    OWN_BANK = "own_bank", _("At a bank account of our own")


class TransferKind(models.TextChoices):
    """Why money moved; with `ref` and `seq` the idempotency key of the movement."""

    PAYMENT = "payment", _("Paid by the client")
    STRIPE_FEE = "stripe_fee", _("Fee for the payment")
    HOLD = "hold", _("Set aside for the order")
    MINUTE = "minute", _("Minutes served")
    COMPENSATION = "compensation", _("Compensation")
    EXTRA = "extra", _("Laid out for the client")
    SETTLE_COMPANION = "settle_companion", _("The companion's part")
    SETTLE_FEE = "settle_fee", _("The platform's part")
    RELEASE = "release", _("Not used, free again")
    REFUND = "refund", _("Refund asked for")
    REFUND_SUCCEEDED = "refund_succeeded", _("Refund arrived")
    REFUND_FAILED = "refund_failed", _("Refund failed")
    PAYOUT = "payout", _("Payout asked for")
    PAYOUT_SENT = "payout_sent", _("Payout sent")
    PAYOUT_FAILED = "payout_failed", _("Payout failed")
    PAYOUT_REVERSED = "payout_reversed", _("Payout fetched back")
    DISPUTE = "dispute", _("Taken by the bank")
    DISPUTE_FEE = "dispute_fee", _("Fee for the dispute")
    DISPUTE_WON = "dispute_won", _("Given back by the bank")
    DISPUTE_FEE_BACK = "dispute_fee_back", _("Fee for the dispute given back")
    DISPUTE_LATE = "dispute_late", _("Taken by the bank after the loss was shared")
    DISPUTE_WON_LATE = "dispute_won_late", _("Given back by the bank after the loss was shared")
    LOST_PREPAY = "lost_prepay", _("Lost: was the client's own still")
    LOST_COMPANION = "lost_companion", _("Lost: the companion's part")
    LOST_FEE = "lost_fee", _("Lost: the platform's part")
    LOST_PLATFORM = "lost_platform", _("Lost: borne by the platform")
    HAND_REFUND = "hand_refund", _("Sent back by hand")
    HAND_REFUND_FAILED = "hand_refund_failed", _("Sent back by hand, and it failed")
    HAND_PAYOUT = "hand_payout", _("Paid out by hand")
    HAND_BACK = "hand_back", _("Fetched back by hand")
    DEBT_PAID = "debt_paid", _("Paid back by the companion")
    DEBT_LET_GO = "debt_let_go", _("Owed by the companion, and let go")


class Account(models.Model):
    kind = models.CharField(_("Kind"), max_length=20, choices=AccountKind)
    owner = models.CharField(_("Whose"), max_length=60, blank=True, default="")
    credit_normal = models.BooleanField(_("Grows by credits"))
    may_overdraw = models.BooleanField(_("May go below zero"), default=False)
    debits = models.BigIntegerField(_("Debits"), default=0, editable=False)
    credits = models.BigIntegerField(_("Credits"), default=0, editable=False)

    class Meta:
        verbose_name = _("account of the ledger")
        verbose_name_plural = _("accounts of the ledger")
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
    kind = models.CharField(_("Kind"), max_length=20, choices=TransferKind)
    ref = models.UUIDField(_("Reference"), help_text="What the money is for: the opaque reference of the order.")
    seq = models.BigIntegerField(_("No."), default=0, help_text="Which one of its kind; for minutes the first minute.")
    upto = models.BigIntegerField(
        _("Up to"), null=True, blank=True, help_text="For minutes: the last minute, exclusive."
    )
    # Triggers keep the two (migration 0005): the posting one has looked at both accounts anyway, and a foreign key's
    # would lock them once more, for each minute of each running order.
    debit = models.ForeignKey(
        Account,
        verbose_name=_("Debit"),
        on_delete=models.PROTECT,
        related_name="debit_transfers",
        db_index=False,
        db_constraint=False,
    )
    credit = models.ForeignKey(
        Account,
        verbose_name=_("Credit"),
        on_delete=models.PROTECT,
        related_name="credit_transfers",
        db_index=False,
        db_constraint=False,
    )
    amount = models.BigIntegerField(_("Sum"), help_text="Fen.")
    at = models.DateTimeField(_("When"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("movement in the ledger")
        verbose_name_plural = _("movements in the ledger")
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
