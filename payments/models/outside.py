"""Money that went past the provider, over a bank account of our own, and debts that were let go."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now, Trim, Upper
from django.utils.translation import gettext_lazy as _


class Outside(models.Model):
    """One such thing, with who answers for it and why. A trigger keeps it as it is."""

    class Kind(models.TextChoices):
        REFUND = "refund", _("Money back to a client")
        PAYOUT = "payout", _("Earned money to a companion")
        DEBT_PAID = "debt_paid", _("A companion paid back what she owed")
        DEBT_LET_GO = "debt_let_go", _("What a companion owed was let go")

    number = models.CharField(
        _("Number"),
        primary_key=True,
        max_length=80,
        help_text="What the transfer, or the decision, is known by: the same number is the same thing.",
    )
    kind = models.CharField(_("Kind"), max_length=12, choices=Kind)
    ref = models.UUIDField(_("Reference"), help_text="What it was for.")
    seq = models.PositiveSmallIntegerField(_("No."), help_text="Counts what went outside for the reference from 1.")
    amount = models.BigIntegerField(_("Sum"), help_text="Fen.")
    whose = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("Whose"),
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Who got it, or who owed it.",
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("Who answers for it"), on_delete=models.PROTECT, related_name="+"
    )
    why = models.TextField(_("Reason"))
    at = models.DateTimeField(_("Written down at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("thing that went past the provider")
        verbose_name_plural = _("things that went past the provider")
        constraints = [
            models.UniqueConstraint(fields=["ref", "seq"], name="outside_ref_seq"),
            models.CheckConstraint(
                condition=Q(kind__in=["refund", "payout", "debt_paid", "debt_let_go"]), name="outside_kind_known"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="outside_amount_positive"),
            models.CheckConstraint(condition=~Q(why="") & ~Q(number=""), name="outside_has_number_and_reason"),
            models.CheckConstraint(condition=Q(number=Upper(Trim("number"))), name="outside_number_spelt_one_way"),
            models.CheckConstraint(condition=~Q(by=models.F("whose")), name="outside_by_another"),
        ]

    def __str__(self) -> str:
        return f"{self.number} outside for {self.ref}: {self.kind}, {self.amount}"
