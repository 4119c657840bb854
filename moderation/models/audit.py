from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from moderation.models.words import words_for

ACTIONS = {
    "case.opened": _("Handed in"),
    "case.changed": _("Changed and handed in again"),
    "case.withdrawn": _("Withdrawn"),
    "case.settled": _("Settled automatically"),
    "case.approved": _("Approved"),
    "case.rejected": _("Sent back"),
    "emergency.raised": _("Asked for help"),
    "emergency.all_clear": _("Said: I am well"),
    "document.opened": _("Opened a document"),
    "document.erased": _("Documents erased"),
}


class AuditEvent(models.Model):
    """Who did what to which target, and why. Rows are only ever added: a trigger refuses anything else.

    When its transaction commits a row gets its `number`, from 1 without a gap, and `hash`: of what it says and of the
    hash of the one before it, `prev_hash`. So no row can be changed, taken out or put in between without all that
    follow (`services.verify`, moderation/sql/audit.sql).
    """

    at = models.DateTimeField(db_default=Now(), db_index=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True)
    action = models.CharField(max_length=64)
    target_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+")
    target_id = models.CharField(max_length=64)
    target = GenericForeignKey("target_type", "target_id")
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    number = models.BigIntegerField(null=True, unique=True, editable=False)
    prev_hash = models.CharField(max_length=64, null=True, editable=False)
    hash = models.CharField(max_length=64, null=True, editable=False)

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        constraints = [
            # A chain, not a tree.
            models.UniqueConstraint(fields=["prev_hash"], name="audit_followed_once"),
            models.CheckConstraint(
                condition=Q(number=None, prev_hash=None, hash=None)
                | Q(number__gte=1, prev_hash__isnull=False, hash__isnull=False),
                name="audit_sealed_whole",
            ),
        ]
        indexes = [models.Index(fields=["target_type", "target_id"], name="audit_target")]

    def __str__(self) -> str:
        return f"{self.action} {self.target_id}"

    @property
    def label(self) -> str:
        """The action in words, where its target has some of its own in those."""
        return words_for(self.target).get(self.action) or str(ACTIONS.get(self.action, self.action))
