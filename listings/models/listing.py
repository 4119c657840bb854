from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.ages import shanghai_today
from listings.kinds import CERTIFIED_KINDS, KINDS
from listings.models.browsing import ListingQuerySet, State
from listings.models.companion import Companion
from listings.models.text import ListingText, is_complete

if TYPE_CHECKING:
    from listings.models.revision import ListingRevision


class Listing(ListingText):
    """One service of one companion.

    Its text columns hold the approved text, and stay empty until there is one; what waits for review is a
    `ListingRevision`. `valid_until` is the last day, in Shanghai, that the certificate its kind asks for is
    valid; kinds that ask for none have no end. `rating_*` and `median_reply_ms` are measured elsewhere and only shown
    here.
    """

    companion = models.ForeignKey(Companion, models.PROTECT, related_name="listings")
    status = models.CharField(_("State"), max_length=10, choices=State, default=State.DRAFT)
    approved_at = models.DateTimeField(null=True, blank=True, editable=False)
    valid_until = models.DateField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    rating_sum = models.PositiveIntegerField(default=0, editable=False)
    rating_count = models.PositiveIntegerField(default=0, editable=False)
    median_reply_ms = models.PositiveIntegerField(null=True, blank=True, editable=False)

    objects: ClassVar[ListingQuerySet] = ListingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("listing")
        verbose_name_plural = _("listings")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=list(KINDS)), name="listing_kind_known"),
            models.CheckConstraint(condition=Q(status__in=State.values), name="listing_status_known"),
            models.CheckConstraint(
                condition=~Q(status__in=["published", "hidden"]) | Q(approved_at__isnull=False),
                name="listing_published_is_approved",
            ),
            models.CheckConstraint(
                condition=Q(approved_at__isnull=True) | is_complete(), name="listing_approved_is_complete"
            ),
            models.CheckConstraint(
                condition=~Q(status="published", kind__in=CERTIFIED_KINDS) | Q(valid_until__isnull=False),
                name="listing_published_has_certificate",
            ),
            models.CheckConstraint(
                condition=Q(rating_sum__gte=F("rating_count"), rating_sum__lte=F("rating_count") * 5),
                name="listing_rating_one_to_five",
            ),
            # A revision's foreign key points here, so that it is always of its listing's kind.
            models.UniqueConstraint(fields=["id", "kind"], name="listing_id_and_kind"),
        ]
        indexes = [
            models.Index(fields=["kind", "price_fen"], condition=Q(status="published"), name="listing_kind_price"),
            models.Index(fields=["-approved_at"], condition=Q(status="published"), name="listing_newest"),
        ]

    def __str__(self) -> str:
        return self.headline or f"{self.policy.label} · {self.companion}"

    def get_absolute_url(self) -> str:
        return reverse("listings:detail", args=[self.pk])

    @property
    def is_published(self) -> bool:
        return self.status == State.PUBLISHED

    @property
    def is_expired(self) -> bool:
        """Hidden because the certificate its kind asks for has ended."""
        return self.valid_until is not None and self.valid_until < shanghai_today()

    @property
    def is_offered(self) -> bool:
        """Others find it now, as far as it depends on the listing and its companion."""
        return self.is_published and not self.is_expired and self.companion.user.is_active

    @property
    def rating_average(self) -> float | None:
        """Stars in tenths, None without a rating. Rounded down, as the filters do: who shows 4.5 has them."""
        return self.rating_sum * 10 // self.rating_count / 10 if self.rating_count else None

    @property
    def newest_revision(self) -> "ListingRevision | None":
        """The text last handed in, whatever became of it; reads all revisions, so prefetch them for lists."""
        revisions = list(self.revisions.all())
        return revisions[-1] if revisions else None
