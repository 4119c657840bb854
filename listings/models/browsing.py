"""A listing's states, and whose eyes may see it. How listings are found is in `listings.search`."""

from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from accounts.models import User
    from listings.models.listing import Listing  # noqa: F401


class State(models.TextChoices):
    DRAFT = "draft", _("Not submitted")
    PENDING = "pending", _("Under review")
    PUBLISHED = "published", _("Published")
    REJECTED = "rejected", _("Sent back")
    HIDDEN = "hidden", _("Hidden")


class ListingQuerySet(models.QuerySet["Listing"]):
    def published(self) -> Self:
        return self.filter(status=State.PUBLISHED, companion__user__is_active=True)

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """What is published, and one's own whatever its state."""
        shown = Q(status=State.PUBLISHED, companion__user__is_active=True)
        return self.filter(shown | Q(companion__user_id=user.pk) if user.is_authenticated else shown)
