"""What the provider's own book says, kept line by line, and each time that it was held against ours."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from payments.models.payment import Refund


class BookEntry(models.Model):
    """One line, as it was first told. A trigger keeps it as it is: the provider's lines do not change either."""

    id = models.CharField(_("Id"), primary_key=True, max_length=100)
    kind = models.CharField(_("Kind"), max_length=60, help_text="In the provider's words.")
    amount = models.BigIntegerField(_("Sum"), help_text="Fen, negative when it leaves.")
    fee = models.BigIntegerField(_("Fee"), help_text="Fen.")
    net = models.BigIntegerField(_("Net"), help_text="Fen: the amount less the fee.")
    source = models.CharField(
        _("Number at the provider"), max_length=100, blank=True, default="", help_text="The id of what it is about."
    )
    about = models.CharField(
        _("What it belongs to"),
        max_length=100,
        blank=True,
        default="",
        help_text="What its source belongs to: a charge, transfer or account.",
    )
    ref = models.UUIDField(
        _("Reference"), null=True, blank=True, help_text="The reference that its source is marked with."
    )
    ours = models.BooleanField(
        _("In our books"), default=True, help_text="No: it moves between the provider and our bank."
    )
    created_at = models.DateTimeField(_("Created at"))
    read_at = models.DateTimeField(_("Read at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("line of the payment provider")
        verbose_name_plural = _("lines of the payment provider")
        constraints = [
            models.CheckConstraint(condition=Q(net=F("amount") - F("fee")), name="book_entry_adds_up"),
        ]
        indexes = [
            models.Index(fields=["-created_at"], name="book_entry_newest"),
            models.Index(fields=["source"], name="book_entry_of_source"),
            models.Index(fields=["about"], condition=~Q(about=""), name="book_entry_about"),
            models.Index(fields=["ref"], condition=Q(ref__isnull=False), name="book_entry_of_ref"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}: {self.net}"


class ByHand(models.Model):
    """Something that somebody did at the provider by hand, taken into our books afterwards; once more for what became
    of it there later. A trigger keeps it as it is."""

    source = models.CharField(_("Number at the provider"), max_length=100, help_text="Its id at the provider.")
    ref = models.UUIDField(_("Reference"), help_text="What it was done for.")
    seq = models.PositiveSmallIntegerField(_("No."), help_text="Counts what was done for the reference from 1.")
    amount = models.BigIntegerField(_("Sum"), help_text="Fen, negative when it left.")
    refund = models.OneToOneField(
        Refund,
        verbose_name=_("Refund"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="by_hand",
        help_text="What it is here when it sent back the payer's own; else the platform bears it.",
    )
    corrects = models.ForeignKey(
        "self",
        verbose_name=_("Corrects"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="corrections",
        help_text="What it says more of: how it was first taken into the books.",
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("Who answers for it"), on_delete=models.PROTECT, related_name="+"
    )
    why = models.TextField(_("Reason"))
    at = models.DateTimeField(_("Written down at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("thing done by hand")
        verbose_name_plural = _("things done by hand")
        constraints = [
            models.UniqueConstraint(fields=["ref", "seq"], name="by_hand_ref_seq"),
            models.UniqueConstraint(fields=["source"], condition=Q(corrects=None), name="by_hand_source_once"),
            models.CheckConstraint(condition=~Q(amount=0), name="by_hand_moves_money"),
            models.CheckConstraint(condition=~Q(why=""), name="by_hand_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.source} for {self.ref} by hand: {self.amount}"


class Reconciliation(models.Model):
    """One run. Without `finished_at` it goes on, or was cut off; the next one does all of it again."""

    started_at = models.DateTimeField(_("Began at"), db_default=Now(), editable=False)
    finished_at = models.DateTimeField(_("Finished"), null=True, blank=True)
    heard = models.PositiveIntegerField(
        _("Events no webhook brought"), default=0, help_text="Events that no webhook had brought."
    )
    entries = models.PositiveIntegerField(
        _("Lines known"), default=0, help_text="Lines of the provider's book that are known."
    )
    foreign = models.PositiveIntegerField(
        _("Of them not ours"), default=0, help_text="Of them, what others sell through the same account."
    )
    ours_fen = models.BigIntegerField(
        _("At the provider, by our books"), null=True, blank=True, help_text="What the provider holds, by our books."
    )
    theirs_fen = models.BigIntegerField(
        _("At the provider, by its own"), null=True, blank=True, help_text="The same by its own."
    )
    findings = models.JSONField(
        _("What differs"), default=list, blank=True, help_text="What is alarming, as `Finding` says."
    )

    class Meta:
        verbose_name = _("comparison of the books")
        verbose_name_plural = _("comparisons of the books")
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(ours_fen__isnull=False, theirs_fen__isnull=False),
                name="reconciliation_finished_has_sums",
            ),
        ]
        indexes = [models.Index(fields=["-started_at"], name="reconciliation_newest")]

    def __str__(self) -> str:
        return f"reconciliation of {self.started_at:%Y-%m-%d %H:%M}"
