"""Payers' banks that ask for money back, and what is fetched back from companions when they get it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from payments.models.payment import Payment
from payments.models.payout import Payout


class DisputeQuerySet(models.QuerySet["Dispute"]):
    def open(self) -> "DisputeQuerySet":
        """Nobody knows yet whose the money is; or it is lost and the loss is not booked, for the order still runs."""
        return self.filter(Q(outcome=Dispute.Outcome.OPEN) | Q(outcome=Dispute.Outcome.LOST, booked_at=None))

    def to_accept(self) -> "DisputeQuerySet":
        """Somebody gave in, and Stripe has not heard it yet."""
        return self.filter(outcome=Dispute.Outcome.OPEN, accept_asked_at__isnull=False, accepted_at=None)


class Dispute(models.Model):
    class Outcome(models.TextChoices):
        OPEN = "open"
        WON = "won"
        LOST = "lost"

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    ref = models.UUIDField(help_text="The payment's reference.")
    seq = models.PositiveSmallIntegerField(help_text="Counts the disputes of the reference from 1.")
    stripe_id = models.CharField(max_length=100, unique=True)
    amount = models.BigIntegerField(help_text="Fen.")
    reason = models.CharField(max_length=60)
    status = models.CharField(max_length=40, help_text="In Stripe's words.")
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.OPEN)
    is_inquiry = models.BooleanField(default=False, help_text="The bank only asks: no money has moved.")
    due_at = models.DateTimeField(null=True, blank=True, help_text="Until when Stripe takes evidence.")
    entries = models.JSONField(
        default=list, blank=True, help_text="The lines of Stripe's book that are in ours, as they came: ids."
    )
    evidence = models.JSONField(default=dict, blank=True, help_text="What is sent to the bank, by Stripe's names.")
    inquiry_evidence = models.JSONField(
        default=dict, blank=True, help_text="What was sent while the bank only asked, before it took the money."
    )
    evidence_attempt = models.PositiveSmallIntegerField(default=1, help_text="Part of the idempotency keys.")
    evidence_asked_at = models.DateTimeField(null=True, blank=True, help_text="When somebody decided to send it.")
    evidence_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    evidence_sent_at = models.DateTimeField(null=True, blank=True)
    accept_asked_at = models.DateTimeField(null=True, blank=True, help_text="When somebody decided to give in.")
    accept_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    accepted_at = models.DateTimeField(null=True, blank=True, help_text="When Stripe took it as lost.")
    opened_at = models.DateTimeField(db_default=Now(), editable=False)
    closed_at = models.DateTimeField(null=True, blank=True)
    booked_at = models.DateTimeField(null=True, blank=True, help_text="When the loss was shared out.")
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When Stripe was last asked about it.")

    objects = DisputeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ref", "seq"], name="dispute_ref_seq"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="dispute_amount_positive"),
            models.CheckConstraint(
                condition=Q(outcome="open", closed_at=None) | (~Q(outcome="open") & Q(closed_at__isnull=False)),
                name="dispute_closed_has_outcome",
            ),
            models.CheckConstraint(condition=Q(booked_at=None) | Q(outcome="lost"), name="dispute_booked_is_lost"),
            models.CheckConstraint(
                condition=Q(evidence_sent_at=None) | Q(evidence_asked_at__isnull=False),
                name="dispute_evidence_sent_was_asked",
            ),
            models.CheckConstraint(condition=Q(outcome__in=["open", "won", "lost"]), name="dispute_outcome_known"),
            models.CheckConstraint(
                condition=Q(evidence_asked_at=None) | Q(evidence_by__isnull=False),
                name="dispute_evidence_asked_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(accept_asked_at=None) | Q(accept_by__isnull=False), name="dispute_accept_asked_by_somebody"
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(accept_asked_at__isnull=False), name="dispute_accepted_was_asked"
            ),
            models.CheckConstraint(
                condition=Q(accept_asked_at=None) | Q(evidence_asked_at=None), name="dispute_accepted_or_answered"
            ),
        ]
        permissions = [("answer_dispute", "Can send evidence in disputes")]
        indexes = [
            models.Index(fields=["opened_at"], condition=Q(outcome="open"), name="dispute_open"),
            models.Index(fields=["ref"], name="dispute_of_ref"),
        ]

    def __str__(self) -> str:
        return f"dispute {self.ref} #{self.seq}"

    @property
    def evidence_key(self) -> str:
        """The idempotency key of sending the evidence: it is sent once and for good."""
        return f"evidence-{self.stripe_id}-{self.evidence_attempt}"

    @property
    def accept_key(self) -> str:
        """The idempotency key of giving in."""
        return f"accept-{self.stripe_id}-{self.evidence_attempt}"


class Reversal(models.Model):
    """Money to be fetched back from a companion's account for a dispute that was lost. The row is the queue."""

    class Status(models.TextChoices):
        REQUESTED = "requested"
        DONE = "done"
        FAILED = "failed"

    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="reversals")
    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="reversals")
    amount = models.BigIntegerField(help_text="Fen.")
    status = models.CharField(max_length=12, choices=Status, default=Status.REQUESTED)
    stripe_id = models.CharField(max_length=100, null=True, unique=True)
    failure_reason = models.CharField(max_length=60, blank=True, default="")
    requested_at = models.DateTimeField(db_default=Now(), editable=False)
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When Stripe was last asked for it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payout", "dispute"], name="reversal_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="reversal_amount_positive"),
            models.CheckConstraint(
                condition=Q(status="done", stripe_id__isnull=False) | (~Q(status="done") & Q(stripe_id=None)),
                name="reversal_done_has_stripe_id",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["requested", "done", "failed"]), name="reversal_status_known"
            ),
        ]
        indexes = [models.Index(fields=["requested_at"], condition=Q(status="requested"), name="reversal_open")]

    def __str__(self) -> str:
        return f"reversal of {self.payout} for {self.dispute}"

    @property
    def idempotency_key(self) -> str:
        return f"reversal-{self.payout_id}-{self.dispute_id}"
