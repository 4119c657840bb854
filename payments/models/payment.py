from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from payments.models.card import SavedCard
from payments.models.ledger import Transfer, TransferKind
from payments.models.outside import Outside


class PaymentQuerySet(models.QuerySet["Payment"]):
    def of(self, ref: object) -> "PaymentQuerySet":
        return self.filter(ref=ref).order_by("seq")

    def payable(self) -> "PaymentQuerySet":
        """Those with a session, or a charge of a saved card, that is open as far as we know."""
        return self.filter(Q(session_id__isnull=False) | Q(card__isnull=False), status=Payment.Status.OPEN)


class Abandonment(models.Model):
    """A reference that wants no more money. Its sessions and charges that are still open are closed by a worker.

    A row of its own and never changed: it also speaks for payments that are opened later.
    """

    ref = models.UUIDField(primary_key=True)
    at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return f"{self.ref} abandoned"


class Payment(models.Model):
    """Money a client pays for one reference (an order), one way at a time: by a Checkout Session, or by a saved card.

    Each new way is a new attempt. By card, `card` is set first, then `payment_intent_id` before anything may be
    charged. By session, `payment_intent_id` is known once it is paid.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        SUCCEEDED = "succeeded", _("succeeded")
        EXPIRED = "expired", _("expired")

    ref = models.UUIDField(_("Reference"), help_text="What is paid for; opaque here.")
    seq = models.PositiveSmallIntegerField(
        _("No."), help_text="1 for the first payment of the reference, then top-ups."
    )
    payer = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("Payer"), on_delete=models.PROTECT, related_name="payments"
    )
    amount = models.BigIntegerField(_("Sum"), help_text="Fen.")
    refunded = models.BigIntegerField(_("Went back"), default=0, help_text="Fen on their way back or back.")
    charged_back = models.BigIntegerField(
        _("Taken by the bank"), default=0, db_default=0, help_text="Fen that the payer's bank took back in a dispute."
    )
    description = models.CharField(_("What for"), max_length=200)
    status = models.CharField(_("State"), max_length=12, choices=Status, default=Status.OPEN)
    attempt = models.PositiveSmallIntegerField(
        _("Attempt"), default=0, help_text="Counts its sessions and charges; part of the idempotency keys."
    )
    expires_s = models.BigIntegerField(
        _("Ends at, in seconds"),
        default=0,
        help_text="Epoch seconds when this attempt ends; Stripe is told for a session. 0 asks for a new one.",
    )
    session_id = models.CharField(_("Payment page"), max_length=100, null=True, unique=True)
    session_url = models.TextField(_("Address of the payment page"), blank=True, default="")
    card = models.ForeignKey(
        SavedCard,
        verbose_name=_("Card"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="payments",
        help_text="What is charged in this attempt; none while it is paid by Checkout.",
    )
    return_url = models.TextField(
        _("Where he comes back to"), blank=True, default="", help_text="Where the payer comes back to after 3-D Secure."
    )
    unsure_since = models.DateTimeField(
        _("Not answered since"),
        null=True,
        blank=True,
        help_text="When Stripe was asked to charge the card, until it has answered.",
    )
    payment_intent_id = models.CharField(_("Charge attempt"), max_length=100, null=True, unique=True)
    charge_id = models.CharField(_("Charge"), max_length=100, null=True, unique=True)
    method = models.CharField(
        _("Paid with"), max_length=80, blank=True, default="", help_text='"visa •••• 4242", as told to the payer.'
    )
    last_decline = models.CharField(_("Last decline"), max_length=60, blank=True, default="")
    created_at = models.DateTimeField(_("Created at"), db_default=Now(), editable=False)
    succeeded_at = models.DateTimeField(_("Paid at"), null=True, blank=True)
    asked_at = models.DateTimeField(
        _("Last asked about at"), null=True, blank=True, help_text="When Stripe was last asked about it."
    )

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.UniqueConstraint(fields=["ref", "seq"], name="payment_ref_seq"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=Q(refunded__gte=0, charged_back__gte=0, amount__gte=F("refunded") + F("charged_back")),
                name="payment_refund_bounded",
            ),
            models.CheckConstraint(
                condition=Q(refunded=0, charged_back=0) | Q(status="succeeded"), name="payment_refund_needs_success"
            ),
            models.CheckConstraint(condition=Q(card=None) | Q(session_id=None), name="payment_one_way_at_a_time"),
            models.CheckConstraint(
                condition=Q(unsure_since=None) | Q(card__isnull=False, payment_intent_id__isnull=False),
                name="payment_unsure_of_a_known_charge",
            ),
            models.CheckConstraint(
                condition=Q(status="succeeded", succeeded_at__isnull=False, charge_id__isnull=False)
                | (~Q(status="succeeded") & Q(succeeded_at=None)),
                name="payment_success_has_charge",
            ),
        ]

    def __str__(self) -> str:
        return f"payment {self.ref} #{self.seq}"

    @property
    def left(self) -> int:
        """Fen of it that have not gone back, and are not on their way back."""
        return self.amount - self.refunded - self.charged_back

    @property
    def marks(self) -> dict[str, str]:
        """What webhooks tell us again, so that an id nobody has written down finds its way here."""
        return {"ref": str(self.ref), "seq": str(self.seq), "attempt": str(self.attempt)}

    @property
    def idempotency_key(self) -> str:
        return f"payment-{self.ref}-{self.seq}-{self.attempt}"

    @property
    def confirmation_key(self) -> str:
        """The idempotency key of charging the card in this attempt."""
        return f"{self.idempotency_key}-confirm"


# Stripe's words: it refuses a refund of what a bank has taken, or one on its way is overtaken by that.
DISPUTED = ("charge_disputed", "charge_for_pending_refund_disputed")


class RefundQuerySet(models.QuerySet["Refund"]):
    def with_arrivals(self) -> "RefundQuerySet":
        """Each told whether it had `arrived` by our books: what has failed may have failed after that."""
        there = Transfer.objects.filter(kind=TransferKind.REFUND_SUCCEEDED, ref=OuterRef("ref"), seq=OuterRef("seq"))
        return self.annotate(arrived=Exists(there))


class Refund(models.Model):
    """Money going back over the payment it came from. The row is the queue: it is written before Stripe is asked."""

    class Status(models.TextChoices):
        REQUESTED = "requested", _("requested")
        PENDING = "pending", _("pending")
        SUCCEEDED = "succeeded", _("succeeded")
        FAILED = "failed", _("failed")

    payment = models.ForeignKey(Payment, verbose_name=_("Payment"), on_delete=models.PROTECT, related_name="refunds")
    ref = models.UUIDField(_("Reference"), help_text="The payment's reference.")
    seq = models.PositiveSmallIntegerField(_("No."), help_text="Counts the refunds of the reference from 1.")
    amount = models.BigIntegerField(_("Sum"), help_text="Fen.")
    status = models.CharField(_("State"), max_length=12, choices=Status, default=Status.REQUESTED)
    attempt = models.PositiveSmallIntegerField(_("Attempt"), default=1, help_text="Part of the idempotency key.")
    stripe_id = models.CharField(_("Id at Stripe"), max_length=100, null=True, unique=True)
    outside = models.ForeignKey(
        Outside,
        verbose_name=_("Outside"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
        related_name="refunds",
        help_text="Where it went past Stripe.",
    )
    failure_reason = models.CharField(_("Why it failed"), max_length=60, blank=True, default="")
    requested_at = models.DateTimeField(_("Asked for at"), db_default=Now(), editable=False)
    changed_at = models.DateTimeField(_("Changed at"), db_default=Now())
    asked_at = models.DateTimeField(
        _("Last asked about at"), null=True, blank=True, help_text="When Stripe was last asked about it."
    )

    objects = RefundQuerySet.as_manager()

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            models.UniqueConstraint(fields=["ref", "seq"], name="refund_ref_seq"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_positive"),
            models.CheckConstraint(
                condition=Q(status__in=["requested", "failed"]) | Q(stripe_id__isnull=False) | Q(outside__isnull=False),
                name="refund_sent_has_id",
            ),
            models.CheckConstraint(
                condition=Q(outside=None) | Q(status="succeeded", stripe_id=None), name="refund_outside_is_done"
            ),
        ]
        indexes = [
            models.Index(fields=["requested_at"], condition=Q(status__in=["requested", "pending"]), name="refund_open")
        ]

    def __str__(self) -> str:
        return f"refund {self.ref} #{self.seq}"

    @property
    def is_disputed(self) -> bool:
        """It failed because the payer's bank was asked for the same money."""
        return self.failure_reason in DISPUTED

    @property
    def idempotency_key(self) -> str:
        return f"refund-{self.ref}-{self.seq}-{self.attempt}"
