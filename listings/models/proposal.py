from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Decision(models.TextChoices):
    PENDING = "pending", _("Under review")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Sent back")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Proposal(models.Model):
    """A text handed in for review; what is shown stays as it is until a moderator approves."""

    status = models.CharField(max_length=10, choices=Decision, default=Decision.PENDING)
    submitted_at = models.DateTimeField(db_default=Now())
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(max_length=500, blank=True)

    class Meta:
        abstract = True

    @property
    def is_pending(self) -> bool:
        return self.status == Decision.PENDING

    @property
    def is_rejected(self) -> bool:
        return self.status == Decision.REJECTED

    @property
    def is_undecided_or_rejected(self) -> bool:
        """Whether its author will want to see it again."""
        return self.is_pending or self.is_rejected


def proposal_constraints(name: str, of: str) -> list[models.BaseConstraint]:
    """At most one of each `of` waits; who sends one back says why."""
    return [
        models.UniqueConstraint(fields=[of], condition=Q(status="pending"), name=f"{name}_one_pending"),
        models.CheckConstraint(condition=Q(status__in=Decision.values), name=f"{name}_status_known"),
        models.CheckConstraint(
            condition=Q(status="pending", decided_at__isnull=True)
            | (~Q(status="pending") & Q(decided_at__isnull=False)),
            name=f"{name}_pending_is_undecided",
        ),
        models.CheckConstraint(condition=~Q(status="rejected", reason=""), name=f"{name}_rejected_with_reason"),
    ]


def label_of(model: models.Model, name: str) -> str:
    return str(model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
