"""The shelf: one narrow row for each listing that may be found, holding all that browsing filters and sorts by."""

from datetime import timedelta
from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import BigIntegerField, F, Func, IntegerField, Q
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Now, NullIf
from django.utils import timezone

from listings.models.companion import Companion
from listings.models.listing import Listing

NEW_BELOW_RATINGS, NEW_FOR = 3, timedelta(days=30)
LONGEST_TERM = 60
ONLINE_POINTS = 2_000_000  # what listings/sql/standing.sql gives for being online: more than all else together
NEVER_MS = 2**31 - 1


def _standing() -> Func:
    """Points of the recommended order; listings/sql/standing.sql says what they are given for."""
    given_for = ("online", "rating_sum", "rating_count", "reply_ms", "completion_pm")
    return Func(*given_for, function="listings_standing")


def _sort(first: Combinable) -> Any:
    """A number that sorts by `first`, and among equals by standing."""
    return _kept(Func(first, _standing(), function="listings_then"), BigIntegerField())


def _kept(expression: Func, output: models.Field) -> Any:
    return models.GeneratedField(expression=expression, output_field=output, db_persist=True)


def new_now() -> Q:
    """Who is a newcomer at this moment; the same rule as in listings/sql/newcomers.sql."""
    approved_lately = Q(companion__approved_at__gt=Now() - NEW_FOR)
    return approved_lately & Q(rating_count__lt=NEW_BELOW_RATINGS, completion_pm=None)


class ShelfQuerySet(models.QuerySet["ShelfEntry"]):
    def valid(self) -> Self:
        """Those whose last day has not passed in Shanghai."""
        return self.filter(Q(valid_until=None) | Q(valid_until__gte=timezone.localdate()))

    def stale(self) -> Self:
        """Those whose words are not those of their text."""
        return self.exclude(indexed_key=F("text_key"))


class ShelfEntry(models.Model):
    """Written by the database alone (listings/sql/shelf.sql): a trigger on listing, companion and user keeps each row
    what they say, so that nothing can be changed past it. Only `words` comes from Python, which knows Chinese
    words: `indexed_key` says of which text they are.

    `by_*` are the sorts: one number each, the larger the earlier, with no ties but those `listing_id` breaks.
    """

    listing = models.OneToOneField(Listing, models.CASCADE, primary_key=True, related_name="on_shelf")
    companion = models.ForeignKey(Companion, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16)
    city = models.CharField(max_length=20)
    hospital = models.CharField(max_length=60, db_default="")
    gender = models.CharField(max_length=8)
    languages = ArrayField(models.CharField(max_length=12))
    topics = ArrayField(models.CharField(max_length=10))
    price_fen = models.PositiveIntegerField()
    reply_ms = models.PositiveIntegerField(null=True)
    rating_sum = models.PositiveIntegerField()
    rating_count = models.PositiveIntegerField()
    completion_pm = models.PositiveSmallIntegerField(null=True)
    online = models.BooleanField()
    newcomer = models.BooleanField()
    listed_at = models.DateTimeField()
    valid_until = models.DateField(null=True)

    text_key = models.CharField(max_length=32)
    indexed_key = models.CharField(max_length=32, db_default="")
    words = SearchVectorField(null=True)

    stars_pm = _kept(Coalesce(F("rating_sum") * 1000 / NullIf(F("rating_count"), 0), 0), IntegerField())
    by_standing = _kept(_standing(), IntegerField())
    by_price = _sort(-F("price_fen"))
    by_reply = _sort(-Coalesce(F("reply_ms"), NEVER_MS))
    by_rating = _sort(Func("rating_sum", "rating_count", function="listings_liked"))
    by_newest = models.BigIntegerField()

    objects: ClassVar[ShelfQuerySet] = ShelfQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            GinIndex(fields=["words"], name="shelf_words", fastupdate=False),
            GinIndex(fields=["topics"], name="shelf_topics", fastupdate=False),
            GinIndex(fields=["languages"], name="shelf_languages", fastupdate=False),
            models.Index(fields=["price_fen"], name="shelf_price_fen"),
            models.Index(fields=["newcomer", "by_standing", "listing"], name="shelf_standing"),
            models.Index(fields=["by_price", "listing"], name="shelf_price"),
            models.Index(fields=["by_reply", "listing"], name="shelf_reply"),
            models.Index(fields=["by_rating", "listing"], name="shelf_rating"),
            models.Index(fields=["by_newest", "listing"], name="shelf_newest"),
            models.Index(fields=["city"], name="shelf_city"),
            models.Index(fields=["hospital"], condition=~Q(hospital=""), name="shelf_hospital"),
            models.Index(fields=["companion"], condition=Q(online=True), name="shelf_online"),
            models.Index(fields=["listed_at"], condition=Q(newcomer=True), name="shelf_newcomers"),
            models.Index(fields=["listing"], condition=~Q(indexed_key=F("text_key")), name="shelf_stale"),
        ]

    def __str__(self) -> str:
        return f"{self.listing_id}"


class ShelfTerm(models.Model):
    """A name, topic, place or word of a headline somebody has or had, and how it is said: what a slip of the finger may
    have meant."""

    term = models.CharField(max_length=LONGEST_TERM, primary_key=True)
    sound = models.TextField()

    class Meta:
        indexes = [GinIndex(fields=["sound"], name="term_sound", opclasses=["gin_trgm_ops"], fastupdate=False)]

    def __str__(self) -> str:
        return self.term
