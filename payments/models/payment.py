from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class PaymentQuerySet(models.QuerySet["Payment"]):
    def of(self, ref: object) -> "PaymentQuerySet":
        return self.filter(ref=ref).order_by("seq")


class Payment(models.Model):
    """Money a client pays for one reference (an order): one Checkout Session, tried again under a new attempt."""

    class Status(models.TextChoices):
        OPEN = "open"
        SUCCEEDED = "succeeded"
        EXPIRED = "expired"

    ref = models.UUIDField(help_text="What is paid for; opaque here.")
    seq = models.PositiveSmallIntegerField(help_text="1 for the first payment of the reference, then top-ups.")
    payer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="payments")
    amount = models.BigIntegerField(help_text="Fen.")
    refunded = models.BigIntegerField(default=0, help_text="Fen on their way back or back.")
    description = models.CharField(max_length=200)
    status = models.CharField(max_length=12, choices=Status, default=Status.OPEN)
    attempt = models.PositiveSmallIntegerField(default=1, help_text="Part of the idempotency key of the session.")
    session_id = models.CharField(max_length=100, null=True, unique=True)
    session_url = models.TextField(blank=True, default="")
    payment_intent_id = models.CharField(max_length=100, null=True, unique=True)
    charge_id = models.CharField(max_length=100, null=True, unique=True)
    method = models.CharField(
        max_length=80, blank=True, default="", help_text='"visa •••• 4242", as told to the payer.'
    )
    last_decline = models.CharField(max_length=60, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    succeeded_at = models.DateTimeField(null=True, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ref", "seq"], name="payment_ref_seq"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=Q(refunded__gte=0, refunded__lte=F("amount")), name="payment_refund_bounded"
            ),
            models.CheckConstraint(
                condition=Q(refunded=0) | Q(status="succeeded"), name="payment_refund_needs_success"
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
    def idempotency_key(self) -> str:
        return f"payment-{self.ref}-{self.seq}-{self.attempt}"


class Refund(models.Model):
    """Money going back over the payment it came from. The row is the queue: it is written before Stripe is asked."""

    class Status(models.TextChoices):
        REQUESTED = "requested"
        PENDING = "pending"
        SUCCEEDED = "succeeded"
        FAILED = "failed"

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    ref = models.UUIDField(help_text="The payment's reference.")
    seq = models.PositiveSmallIntegerField(help_text="Counts the refunds of the reference from 1.")
    amount = models.BigIntegerField(help_text="Fen.")
    status = models.CharField(max_length=12, choices=Status, default=Status.REQUESTED)
    stripe_id = models.CharField(max_length=100, null=True, unique=True)
    failure_reason = models.CharField(max_length=60, blank=True, default="")
    requested_at = models.DateTimeField(db_default=Now(), editable=False)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ref", "seq"], name="refund_ref_seq"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_positive"),
            models.CheckConstraint(
                condition=Q(status__in=["requested", "failed"]) | Q(stripe_id__isnull=False),
                name="refund_sent_has_stripe_id",
            ),
        ]
        indexes = [
            models.Index(fields=["requested_at"], condition=Q(status__in=["requested", "pending"]), name="refund_open")
        ]

    def __str__(self) -> str:
        return f"refund {self.ref} #{self.seq}"

    @property
    def idempotency_key(self) -> str:
        return f"refund-{self.ref}-{self.seq}"
