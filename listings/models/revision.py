from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from listings.models.listing import Listing
from listings.models.text import ListingText, is_complete

if TYPE_CHECKING:
    from accounts.models import User


class Decision(models.TextChoices):
    PENDING = "pending", _("Under review")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Sent back")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class ListingRevision(ListingText):
    """A text proposed for a listing. At most one waits for review; the decided ones are the listing's history."""

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="revisions")
    status = models.CharField(max_length=10, choices=Decision, default=Decision.PENDING)
    submitted_at = models.DateTimeField(db_default=Now())
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("listing revision")
        verbose_name_plural = _("listing revisions")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["listing"], condition=Q(status="pending"), name="revision_one_pending"),
            models.CheckConstraint(condition=Q(status__in=Decision.values), name="revision_status_known"),
            models.CheckConstraint(
                condition=Q(status="pending", decided_at__isnull=True)
                | (~Q(status="pending") & Q(decided_at__isnull=False)),
                name="revision_pending_is_undecided",
            ),
            models.CheckConstraint(condition=~Q(status="rejected", reason=""), name="revision_rejected_with_reason"),
            models.CheckConstraint(condition=is_complete(), name="revision_is_complete"),
        ]

    def __str__(self) -> str:
        return self.headline

    @property
    def is_pending(self) -> bool:
        return self.status == Decision.PENDING

    def review_title(self) -> str:
        return f"{self.listing.companion.display_name} · {self.headline}"

    def review_owner(self) -> "User":
        return self.listing.companion.user

    def review_rows(self) -> list[tuple[str, str, str]]:
        """(label, published text, proposed text) of each part of the text this kind has, then who says it."""
        names = ["headline", "about", "topics", "not_offered", "price_fen", *self.policy.own_fields]
        rows = [(_label(self, name), self.listing.words_of(name), self.words_of(name)) for name in names]
        companion = self.listing.companion
        profile = [(_label(companion, name), getattr(companion, name)) for name in ("display_name", "city", "about")]
        who = gettext("Companion")
        return rows + [(f"{who} · {label}", words, words) for label, words in profile if words]


def _label(model: models.Model, name: str) -> str:
    return str(model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
