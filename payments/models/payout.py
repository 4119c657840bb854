"""What companions have earned, and its way to them: from us to their account, and from there to their bank."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from payments.models.outside import Outside
from payments.models.payment import Payment


class PayoutAccount(models.Model):
    """A companion's account at Stripe, as Stripe last told it. The row, and with it the key of its creation, is there
    before Stripe is asked. One that has left us is kept until another one is begun."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("Whose"),
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="payout_account",
    )
    key = models.UUIDField(_("Key"), default=uuid4, help_text="The idempotency key of its creation.")
    country = models.CharField(_("Country"), max_length=2)
    stripe_id = models.CharField(_("Id at Stripe"), max_length=100, null=True, unique=True)
    details_submitted = models.BooleanField(_("Details given"), default=False)
    can_receive = models.BooleanField(_("Can receive"), default=False, help_text="Transfers reach it.")
    can_withdraw = models.BooleanField(_("Can withdraw"), default=False, help_text="It pays out to the bank.")
    due = models.JSONField(
        _("Still wanted"), default=list, blank=True, help_text="What Stripe still wants to know, in its own names."
    )
    disabled_reason = models.CharField(_("Why it is held back"), max_length=100, blank=True, default="")
    bank = models.CharField(
        _("Bank account"), max_length=8, blank=True, default="", help_text="The last digits of the bank account."
    )
    left_at = models.DateTimeField(_("Left us at"), null=True, blank=True, help_text="When it cut its tie to us.")
    synced_at = models.DateTimeField(_("Last heard of at"), null=True, blank=True)
    asks = models.BigIntegerField(_("Times asked"), default=0, help_text="How often Stripe was asked about it.")
    answered = models.BigIntegerField(
        _("Question answered last"), default=0, help_text="Which of these questions the newest answer here is to."
    )
    asked_at = models.DateTimeField(
        _("Last asked about at"), null=True, blank=True, help_text="When Stripe was last asked about it."
    )
    created_at = models.DateTimeField(_("Created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("account of a companion")
        verbose_name_plural = _("accounts of companions")
        constraints = [
            models.CheckConstraint(
                condition=Q(left_at=None, stripe_id__isnull=False) | Q(can_receive=False, can_withdraw=False),
                name="payout_account_gone_is_closed",
            ),
        ]

    def __str__(self) -> str:
        return f"payout account of user {self.user_id}"

    @property
    def idempotency_key(self) -> str:
        return f"account-{self.key}"

    @property
    def standing(self) -> str:
        """What its owner has to know: left, begun, wanted (something is to be given), ready, rejected or checking."""
        if self.left_at is not None:
            return "left"
        if not self.details_submitted:
            return "begun"
        if self.due:
            return "wanted"
        if self.can_receive and self.can_withdraw:
            return "ready"
        return "rejected" if self.disabled_reason.startswith("rejected") else "checking"


class Earning(models.Model):
    """What a companion gets of one reference. Written when it is settled, with the day from which it is paid out."""

    ref = models.UUIDField(_("Reference"), primary_key=True)
    companion = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("Companion"), on_delete=models.PROTECT, related_name="earnings"
    )
    amount = models.BigIntegerField(_("Sum"), help_text="Fen, after the platform's share.")
    kept = models.BigIntegerField(
        _("Kept for a lost dispute"), default=0, help_text="Fen that make good for a dispute that was lost."
    )
    settled_at = models.DateTimeField(_("Settled at"), db_default=Now(), editable=False)
    due_at = models.DateTimeField(_("Due at"))
    released_at = models.DateTimeField(
        _("Sent off at"), null=True, blank=True, help_text="When all that is left of it was sent off."
    )
    stopped = models.CharField(
        _("Why it waits"),
        max_length=60,
        blank=True,
        default="",
        help_text="Why it waits for finance: the reason of a refused transfer.",
    )

    class Meta:
        verbose_name = _("earning")
        verbose_name_plural = _("earnings")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="earning_amount_positive"),
            models.CheckConstraint(condition=Q(kept__gte=0, kept__lte=F("amount")), name="earning_kept_of_it"),
            models.CheckConstraint(condition=Q(due_at__gte=F("settled_at")), name="earning_due_once_settled"),
            models.CheckConstraint(condition=Q(stopped="") | Q(released_at=None), name="earning_stopped_waits"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(released_at=None, stopped=""), name="earning_to_release"),
            models.Index(fields=["companion", "-settled_at"], name="earning_of_companion"),
        ]

    def __str__(self) -> str:
        return f"earning {self.ref}"


class Payout(models.Model):
    """Money of one payment on its way to a companion's account. The row is the queue, as with a refund."""

    class Status(models.TextChoices):
        REQUESTED = "requested", _("requested")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")

    earning = models.ForeignKey(Earning, verbose_name=_("Earning"), on_delete=models.PROTECT, related_name="payouts")
    payment = models.ForeignKey(
        Payment, verbose_name=_("Payment"), on_delete=models.PROTECT, related_name="payouts", help_text="What funds it."
    )
    seq = models.PositiveSmallIntegerField(_("No."), help_text="Counts the payouts of the reference from 1.")
    amount = models.BigIntegerField(_("Sum"), help_text="Fen.")
    reversed = models.BigIntegerField(
        _("Fetched back"), default=0, help_text="Fen that were fetched back, or are being."
    )
    status = models.CharField(_("State"), max_length=12, choices=Status, default=Status.REQUESTED)
    account_id = models.CharField(
        _("Account at Stripe"), max_length=100, help_text="The companion's account it goes to."
    )
    attempt = models.PositiveSmallIntegerField(_("Attempt"), default=1, help_text="Part of the idempotency key.")
    stripe_id = models.CharField(_("Id at Stripe"), max_length=100, null=True, unique=True)
    outside = models.ForeignKey(
        Outside,
        verbose_name=_("Outside"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
        related_name="payouts",
        help_text="Where it went past Stripe.",
    )
    failure_reason = models.CharField(_("Why it failed"), max_length=60, blank=True, default="")
    requested_at = models.DateTimeField(_("Asked for at"), db_default=Now(), editable=False)
    changed_at = models.DateTimeField(_("Changed at"), db_default=Now())
    asked_at = models.DateTimeField(
        _("Last asked about at"), null=True, blank=True, help_text="When Stripe was last asked for it."
    )

    class Meta:
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        constraints = [
            models.UniqueConstraint(fields=["earning", "seq"], name="payout_ref_seq"),
            models.UniqueConstraint(
                fields=["earning", "payment"], condition=~Q(status="failed"), name="payout_once_for_a_payment"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payout_amount_positive"),
            models.CheckConstraint(
                condition=Q(reversed=0) | Q(status="sent", reversed__gt=0, reversed__lte=F("amount")),
                name="payout_reversed_of_sent",
            ),
            models.CheckConstraint(
                condition=Q(status="sent", stripe_id__isnull=False, outside=None)
                | Q(status="sent", stripe_id=None, outside__isnull=False, reversed=0)
                | (~Q(status="sent") & Q(stripe_id=None, outside=None)),
                name="payout_sent_has_id",
            ),
            models.CheckConstraint(condition=Q(status__in=["requested", "sent", "failed"]), name="payout_status_known"),
        ]
        indexes = [models.Index(fields=["requested_at"], condition=Q(status="requested"), name="payout_open")]

    def __str__(self) -> str:
        return f"payout {self.earning_id} #{self.seq}"

    @property
    def ref(self) -> object:
        return self.earning_id

    @property
    def marks(self) -> dict[str, str]:
        """What Stripe shows beside the transfer."""
        return {"ref": str(self.earning_id), "seq": str(self.seq)}

    @property
    def idempotency_key(self) -> str:
        return f"payout-{self.earning_id}-{self.seq}-{self.attempt}"


class BankPayout(models.Model):
    """Money on its way from a companion's account to the bank, as Stripe last told it. Our books end before."""

    stripe_id = models.CharField(_("Id at Stripe"), max_length=100, primary_key=True)
    account = models.ForeignKey(
        PayoutAccount, verbose_name=_("Account"), on_delete=models.PROTECT, related_name="bank_payouts"
    )
    amount = models.BigIntegerField(_("Sum"), help_text="Fen.")
    status = models.CharField(_("State"), max_length=12)
    failure_code = models.CharField(_("Why it failed"), max_length=60, blank=True, default="")
    bank = models.CharField(_("Bank account"), max_length=8, blank=True, default="")
    created_at = models.DateTimeField(_("Created at"))
    arrives_at = models.DateTimeField(_("Arrives at"))

    class Meta:
        verbose_name = _("payout to a bank")
        verbose_name_plural = _("payouts to banks")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["pending", "in_transit", "paid", "failed", "canceled"]),
                name="bank_payout_status_known",
            )
        ]
        indexes = [models.Index(fields=["account", "-created_at"], name="bank_payout_of_account")]

    def __str__(self) -> str:
        return f"bank payout {self.stripe_id}"
