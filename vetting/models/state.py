from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    DRAFT = "draft", _("Not submitted")
    PENDING = "pending", _("Under review")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Sent back")


class Proof(models.Model):
    """Something a person claims, and what became of it."""

    state = models.CharField(_("State"), max_length=10, choices=State, default=State.DRAFT)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(max_length=500, blank=True)

    class Meta:
        abstract = True

    @property
    def is_draft(self) -> bool:
        return self.state == State.DRAFT

    @property
    def is_pending(self) -> bool:
        return self.state == State.PENDING

    @property
    def is_approved(self) -> bool:
        return self.state == State.APPROVED


def proof_constraints(name: str) -> list[models.BaseConstraint]:
    decided = Q(state__in=["approved", "rejected"])
    return [
        models.CheckConstraint(condition=Q(state__in=State.values), name=f"{name}_state_known"),
        models.CheckConstraint(
            condition=(decided & Q(decided_at__isnull=False)) | (~decided & Q(decided_at__isnull=True)),
            name=f"{name}_decided_at_some_time",
        ),
        models.CheckConstraint(
            condition=Q(state="draft") | Q(submitted_at__isnull=False), name=f"{name}_submitted_at_some_time"
        ),
        models.CheckConstraint(condition=~Q(state="rejected", reason=""), name=f"{name}_rejected_with_reason"),
    ]
