"""A listing's states, and whose eyes may see it. How listings are found is in `listings.search`."""

from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import DateField, Exists, Expression, Func, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Block

if TYPE_CHECKING:
    from accounts.models import User
    from listings.models.listing import Listing  # noqa: F401


class State(models.TextChoices):
    DRAFT = "draft", _("Not submitted")
    PENDING = "pending", _("Under review")
    PUBLISHED = "published", _("Published")
    REJECTED = "rejected", _("Sent back")
    HIDDEN = "hidden", _("Hidden")


def still_valid(at: Expression | None = None) -> Q:
    """Listings whose certificate, where their kind asks for one, is valid on the Shanghai day of this moment."""
    day = Func(at or Now(), template="(%(expressions)s AT TIME ZONE 'Asia/Shanghai')::date", output_field=DateField())
    return Q(valid_until=None) | Q(valid_until__gte=day)


class ListingQuerySet(models.QuerySet["Listing"]):
    def published(self) -> Self:
        return self.filter(still_valid(), status=State.PUBLISHED, companion__user__is_active=True)

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """What is published, and one's own whatever its state; nothing of those whom a block keeps apart from one."""
        shown = Q(still_valid(), status=State.PUBLISHED, companion__user__is_active=True)
        if not user.is_authenticated:
            return self.filter(shown)
        apart = Exists(Block.objects.between(user.pk, OuterRef("companion__user_id")))
        return self.filter(~apart, shown | Q(companion__user_id=user.pk))
