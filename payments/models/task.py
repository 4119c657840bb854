"""What somebody of finance has to look at. It closes when it is no longer so."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class FinanceTask(models.Model):
    class Kind(models.TextChoices):
        REFUND_FAILED = "refund_failed", _("A refund failed: the client's money is with us")
        PAYOUT_REFUSED = "payout_refused", _("A payout was refused")
        DISPUTE = "dispute", _("A payment is disputed: evidence is wanted")
        DEBT = "debt", _("A companion owes us after a lost dispute")
        BOOKS_DIFFER = "books_differ", _("Books and payment provider differ")
        RETURNED = "returned", _("A bank gave back what was lost and shared out: whose is it?")
        TO_SEND = "to_send", _("To be sent from our own bank")

    kind = models.CharField(_("Kind"), max_length=20, choices=Kind)
    key = models.CharField(_("Key"), max_length=80, help_text="What of its kind it is about.")
    ref = models.UUIDField(_("Reference"), null=True, blank=True, help_text="The reference it is about.")
    note = models.TextField(
        _("What was found"), blank=True, default="", help_text="What was found, as finance reads it."
    )
    opened_at = models.DateTimeField(_("Opened at"), db_default=Now(), editable=False)
    closed_at = models.DateTimeField(_("Closed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("task for finance")
        verbose_name_plural = _("tasks for finance")
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], condition=Q(closed_at=None), name="finance_task_open_once"),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        *("refund_failed", "payout_refused", "dispute", "debt"),
                        *("books_differ", "returned", "to_send"),
                    ]
                ),
                name="finance_task_kind_known",
            ),
        ]
        indexes = [models.Index(fields=["opened_at"], condition=Q(closed_at=None), name="finance_task_open")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
