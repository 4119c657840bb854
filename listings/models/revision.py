from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from listings.models.companion import Companion
from listings.models.listing import Listing
from listings.models.profile import PROFILE_FIELDS, CompanionProfile, profile_constraints
from listings.models.proposal import Proposal, label_of, proposal_constraints
from listings.models.text import ListingText, is_complete
from places import services as places

if TYPE_CHECKING:
    from accounts.models import User


class ListingRevision(Proposal, ListingText):
    """A text proposed for a listing. At most one waits for review; the decided ones are the listing's history."""

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="revisions")

    class Meta:
        verbose_name = _("listing revision")
        verbose_name_plural = _("listing revisions")
        ordering = ["pk"]
        constraints = [
            *proposal_constraints("revision", of="listing"),
            models.CheckConstraint(condition=is_complete(), name="revision_is_complete"),
        ]

    def __str__(self) -> str:
        return self.headline

    def review_title(self) -> str:
        return f"{self.listing.companion.display_name} · {self.headline}"

    def review_owner(self) -> "User":
        return self.listing.companion.user

    def review_rows(self) -> list[tuple[str, str, str]]:
        """(label, published text, proposed text) of each part of the text this kind has, then who says it."""
        names = ["headline", "about", "topics", "not_offered", "price_fen", *self.policy.own_fields]
        rows = [row for name in names for row in self._rows_of(name)]
        companion = self.listing.companion
        profile = [(label_of(companion, name), getattr(companion, name)) for name in ("display_name", "city", "about")]
        who = gettext("Companion")
        return rows + [(f"{who} · {label}", words, words) for label, words in profile if words]

    def review_is_first(self) -> bool:
        return self.listing.approved_at is None

    def _rows_of(self, name: str) -> Iterator[tuple[str, str, str]]:
        yield label_of(self, name), self.listing.words_of(name), self.words_of(name)
        if name == "hospital" and not places.find(self.city, self.hospital):
            warning = gettext("Not in our table of hospitals: does it exist, and is it called so?")
            yield gettext("Please check"), warning, warning


class ProfileRevision(Proposal, CompanionProfile):
    """How an approved companion would like to be shown from now on."""

    companion = models.ForeignKey(Companion, models.CASCADE, related_name="profile_revisions")

    class Meta:
        verbose_name = _("profile revision")
        verbose_name_plural = _("profile revisions")
        ordering = ["pk"]
        constraints = [
            *profile_constraints("profile"),
            *proposal_constraints("profile", of="companion"),
        ]

    def __str__(self) -> str:
        return self.display_name

    def review_title(self) -> str:
        return self.companion.display_name

    def review_owner(self) -> "User":
        return self.companion.user

    def review_is_first(self) -> bool:
        return False

    def review_rows(self) -> list[tuple[str, str, str]]:
        """(label, shown words, proposed words) of each part of the profile."""
        return [(label_of(self, name), self.companion.words_of(name), self.words_of(name)) for name in PROFILE_FIELDS]
