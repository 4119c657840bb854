"""Payers' banks that ask for money back, and what is fetched back from companions when they get it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from payments.models.payment import Payment
from payments.models.payout import Payout


class DisputeQuerySet(models.QuerySet["Dispute"]):
    def open(self) -> "DisputeQuerySet":
        """Nobody knows yet whose the money is; or it is lost and the loss is not booked, for the order still runs."""
        return self.filter(Q(outcome=Dispute.Outcome.OPEN) | Q(outcome=Dispute.Outcome.LOST, booked_at=None))

    def to_send(self) -> "DisputeQuerySet":
        """An answer is decided on, and Stripe has not heard it yet."""
        return self.filter(outcome=Dispute.Outcome.OPEN, evidence_asked_at__isnull=False, evidence_sent_at=None)

    def to_accept(self) -> "DisputeQuerySet":
        """Somebody gave in, and Stripe has not heard it yet."""
        return self.filter(outcome=Dispute.Outcome.OPEN, accept_asked_at__isnull=False, accepted_at=None)


class Dispute(models.Model):
    class Outcome(models.TextChoices):
        OPEN = "open", _("open")
        WON = "won", _("won")
        LOST = "lost", _("lost")

    payment = models.ForeignKey(Payment, verbose_name=_("Payment"), on_delete=models.PROTECT, related_name="disputes")
    ref = models.UUIDField(_("Reference"), help_text="The payment's reference.")
    seq = models.PositiveSmallIntegerField(_("No."), help_text="Counts the disputes of the reference from 1.")
    stripe_id = models.CharField(_("Id at Stripe"), max_length=100, unique=True)
    amount = models.BigIntegerField(_("Sum"), help_text="Fen.")
    reason = models.CharField(_("Reason"), max_length=60)
    status = models.CharField(_("State"), max_length=40, help_text="In Stripe's words.")
    outcome = models.CharField(_("Outcome"), max_length=8, choices=Outcome, default=Outcome.OPEN)
    is_inquiry = models.BooleanField(
        _("Only asked"), default=False, help_text="The bank only asks: no money has moved."
    )
    due_at = models.DateTimeField(_("Due at"), null=True, blank=True, help_text="Until when Stripe takes evidence.")
    entries = models.JSONField(
        _("Lines known"),
        default=list,
        blank=True,
        help_text="The lines of Stripe's book that are in ours, as they came: ids.",
    )
    evidence = models.JSONField(
        _("Evidence"), default=dict, blank=True, help_text="What is sent to the bank, by Stripe's names."
    )
    inquiry_evidence = models.JSONField(
        _("Evidence while it only asked"),
        default=dict,
        blank=True,
        help_text="What was sent while the bank only asked, before it took the money.",
    )
    evidence_attempt = models.PositiveSmallIntegerField(
        _("Attempt"), default=1, help_text="Part of the idempotency keys."
    )
    evidence_asked_at = models.DateTimeField(
        _("Evidence released at"), null=True, blank=True, help_text="When somebody decided to send it."
    )
    evidence_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("Released by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    evidence_sent_at = models.DateTimeField(_("Evidence sent at"), null=True, blank=True)
    accept_asked_at = models.DateTimeField(
        _("Accepting decided at"), null=True, blank=True, help_text="When somebody decided to give in."
    )
    accept_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("Accepted by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    accepted_at = models.DateTimeField(
        _("Accepted at"), null=True, blank=True, help_text="When Stripe took it as lost."
    )
    opened_at = models.DateTimeField(_("Opened at"), db_default=Now(), editable=False)
    closed_at = models.DateTimeField(_("Closed at"), null=True, blank=True)
    booked_at = models.DateTimeField(
        _("Loss booked at"), null=True, blank=True, help_text="When the loss was shared out."
    )
    asked_at = models.DateTimeField(
        _("Last asked about at"), null=True, blank=True, help_text="When Stripe was last asked about it."
    )
    asks = models.BigIntegerField(
        _("Times asked"), default=0, db_default=0, help_text="How often Stripe was asked about it."
    )
    answered = models.BigIntegerField(
        _("Question answered last"),
        default=0,
        db_default=0,
        help_text="Which of these questions the newest answer here is to.",
    )

    objects = DisputeQuerySet.as_manager()

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
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
        REQUESTED = "requested", _("requested")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    payout = models.ForeignKey(Payout, verbose_name=_("Payout"), on_delete=models.PROTECT, related_name="reversals")
    dispute = models.ForeignKey(Dispute, verbose_name=_("Dispute"), on_delete=models.PROTECT, related_name="reversals")
    amount = models.BigIntegerField(_("Sum"), help_text="Fen.")
    status = models.CharField(_("State"), max_length=12, choices=Status, default=Status.REQUESTED)
    stripe_id = models.CharField(_("Id at Stripe"), max_length=100, null=True, unique=True)
    failure_reason = models.CharField(_("Why it failed"), max_length=60, blank=True, default="")
    requested_at = models.DateTimeField(_("Asked for at"), db_default=Now(), editable=False)
    asked_at = models.DateTimeField(
        _("Last asked about at"), null=True, blank=True, help_text="When Stripe was last asked for it."
    )

    class Meta:
        verbose_name = _("payout fetched back")
        verbose_name_plural = _("payouts fetched back")
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
    def ref(self) -> object:
        return self.payout.earning_id

    @property
    def idempotency_key(self) -> str:
        return f"reversal-{self.payout_id}-{self.dispute_id}"
