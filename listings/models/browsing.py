"""How listings are found. One method searches text; everything else about browsing is here too."""

from typing import TYPE_CHECKING, Self, TypedDict, Unpack

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import DateField, Exists, Expression, ExpressionWrapper, F, FloatField, Func, OuterRef, Q, Value
from django.db.models.functions import Coalesce, Now, NullIf
from django.utils.translation import gettext_lazy as _

from accounts.models import Block
from listings.models.companion import online_now

if TYPE_CHECKING:
    from accounts.models import User
    from listings.models.listing import Listing  # noqa: F401

MOST_WORDS = 5
SEARCHED = ("headline", "about", "topic_words", "city", "district", "hospital", "venue_area", "companion__display_name")
# A rating counts as if five people had given 4 stars before: one enthusiast does not outrank fifty.
PRIOR_COUNT, PRIOR_STARS = 5, 4


class State(models.TextChoices):
    DRAFT = "draft", _("Not submitted")
    PENDING = "pending", _("Under review")
    PUBLISHED = "published", _("Published")
    REJECTED = "rejected", _("Sent back")
    HIDDEN = "hidden", _("Hidden")


class Sort(models.TextChoices):
    RECOMMENDED = "recommended", _("Recommended")
    PRICE = "price", _("Lowest price")
    NEWEST = "newest", _("Newest")


ORDERS = {
    Sort.RECOMMENDED: ("-here", "-liked", "-approved_at", "-pk"),
    Sort.PRICE: ("price_fen", "-here", "-pk"),
    Sort.NEWEST: ("-approved_at", "-pk"),
}


class Filters(TypedDict, total=False):
    """Everything one can browse by; prices in fen, both ends included."""

    kind: str
    online: bool
    price_min: int | None
    price_max: int | None
    city: str
    words: str
    sort: str


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

    def browse(self, **filters: Unpack[Filters]) -> Self:
        """Published listings with their companions, filtered and in order."""
        found = self.published().select_related("companion")
        for name in ("kind", "price_min", "price_max", "city"):
            if (value := filters.get(name)) not in (None, ""):
                found = found.filter(_filter(name, value))
        if filters.get("online"):
            found = found.filter(online_now("companion__"))
        return found.matching(filters.get("words", "")).in_order(filters.get("sort") or Sort.RECOMMENDED)

    def matching(self, words: str) -> Self:
        """Those in whose text every one of the words occurs (the first five of them), anywhere, in any case."""
        found = self.annotate(topic_words=_joined("topics"))
        for word in words.split()[:MOST_WORDS]:
            anywhere = Q()
            for name in SEARCHED:
                anywhere |= Q(**{f"{name}__icontains": word})
            found = found.filter(anywhere)
        return found

    def in_order(self, sort: str) -> Self:
        """Recommended: who is here now, then by rating, then the newest. The same for everybody."""
        liked = (F("rating_sum") + Value(PRIOR_COUNT * PRIOR_STARS)) / (F("rating_count") + Value(float(PRIOR_COUNT)))
        ordered = self.annotate(
            here=ExpressionWrapper(Coalesce(online_now("companion__"), False), output_field=models.BooleanField()),
            liked=ExpressionWrapper(liked, output_field=FloatField()),
        )
        return ordered.order_by(*ORDERS[Sort(sort)])

    def cities(self) -> list[str]:
        """Where there is anybody: the listing's city, or for online kinds her own."""
        return list(
            self.published().annotate(where=_city()).order_by("where").values_list("where", flat=True).distinct()
        )


def _joined(name: str) -> Func:
    return Func(F(name), Value(" "), function="array_to_string", output_field=models.TextField())


def _city() -> Coalesce:
    return Coalesce(NullIf(F("city"), Value("")), F("companion__city"))


def _filter(name: str, value: object) -> Q:
    lookups = {"kind": "kind", "price_min": "price_fen__gte", "price_max": "price_fen__lte"}
    if name in lookups:
        return Q(**{lookups[name]: value})
    return Q(city=value) | Q(city="", companion__city=value)
