"""Keeping the shelf true in what the database cannot know by itself: Chinese words, and that time has passed."""

import logging
from collections.abc import Sequence

from django.core.cache import cache
from django.db import DataError, connection, transaction
from django.db.models import QuerySet

from listings.models import Companion, Listing, ShelfEntry, ShelfTerm
from listings.models.companion import online_now
from listings.models.shelf import new_now
from listings.search import words
from places import services as places

log = logging.getLogger(__name__)
AT_ONCE = 500
TERMS_AT_ONCE = 20
TERMS_SEEN = "listings:terms-seen"
# What `words.indexed` reads, besides the names of hospitals.
READ = (
    *(f"listing__{name}" for name in ("kind", "headline", "topics", "city", "district", "hospital", "venue_area")),
    *(f"listing__companion__{name}" for name in ("display_name", "city", "languages")),
)

# The key says of which text these words are: one that was changed meanwhile stays stale and is read again. So does one
# that somebody else is changing: two who put several could wait for each other.
PUT = """
UPDATE listings_shelfentry e
   SET words = array_to_tsvector(string_to_array(read.lexemes, ' ')), indexed_key = read.text_key
  FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS read (listing_id, text_key, lexemes)
  JOIN (SELECT listing_id FROM listings_shelfentry WHERE listing_id = ANY (%s) FOR NO KEY UPDATE SKIP LOCKED) AS free
       USING (listing_id)
 WHERE e.listing_id = read.listing_id AND e.text_key = read.text_key
"""

# One that comes back in this moment, in a transaction that is not committed, is lost until its text is read again.
FORGET = """
DELETE FROM listings_shelfterm t
 USING unnest(%s::text[], %s::text[]) AS known (term, query)
 WHERE t.term = known.term
   AND NOT EXISTS (SELECT FROM listings_shelfentry e WHERE e.words @@ known.query::tsquery)
"""


def index_words(*, companion: Companion | None = None) -> int:
    """Read the texts whose words are not on the shelf yet, of one companion or of all. Returns how many.

    One that cannot be put there keeps nobody waiting; it is logged.
    """
    stale = ShelfEntry.objects.stale().select_related("listing__companion").only("text_key", *READ)
    if companion is not None:
        stale = stale.filter(companion=companion)
    count = last = 0
    while rows := list(stale.filter(pk__gt=last).order_by("pk")[:AT_ONCE]):
        count += _put_what_can_be(rows)
        last = rows[-1].pk
    return count


def reindex() -> int:
    """Read all texts again, as after a change of `listings.search.words`. Returns how many there are."""
    ShelfTerm.objects.all().delete()
    ShelfEntry.objects.update(indexed_key="")
    return index_words()


def sweep_shelf() -> None:
    """What no event told: who went silent, who is no longer new, whose words nobody has read, and what nobody is
    called any more."""
    here = online_now("companion__")
    with transaction.atomic():
        _mark(ShelfEntry.objects.filter(online=True).exclude(here), online=False)
        # Nobody should be missing; but a mark taken off in the moment of her coming back would stay off.
        _mark(ShelfEntry.objects.filter(here, online=False), online=True)
        _mark(ShelfEntry.objects.filter(newcomer=True).exclude(new_now()), newcomer=False)
    index_words()
    forget_terms()


def forget_terms() -> None:
    """Of the next few terms forgets those that find nobody; after the last comes the first again."""
    after = ShelfTerm.objects.filter(term__gt=cache.get(TERMS_SEEN, "")).order_by("term")
    terms = list(after.values_list("term", flat=True)[:TERMS_AT_ONCE])
    cache.set(TERMS_SEEN, terms[-1] if len(terms) == TERMS_AT_ONCE else "", None)
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [terms, [words.asked(term).spelled for term in terms]])


def _mark(wrong: QuerySet[ShelfEntry], **right: bool) -> None:
    """A row that somebody else is changing waits for the next time: two who wait could wait for each other."""
    found = list(wrong.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True))
    if found:
        ShelfEntry.objects.filter(pk__in=found).update(**right)


def _put_what_can_be(rows: Sequence[ShelfEntry]) -> int:
    """All at once; if the database does not take one of them, each by itself. Returns how many it took."""
    try:
        with transaction.atomic():
            _put(rows)
    except DataError:
        if len(rows) > 1:
            return sum(_put_what_can_be([row]) for row in rows)
        log.exception("The words of listing %s cannot be put on the shelf", rows[0].pk)
        return 0
    return len(rows)


def _read(listings: Sequence[Listing]) -> list[words.Indexed]:
    aliases = places.aliases_of((listing.city, listing.hospital) for listing in listings)
    return [
        words.indexed(listing, listing.companion, aliases.get((listing.city, listing.hospital), ()))
        for listing in listings
    ]


def _put(rows: Sequence[ShelfEntry]) -> None:
    read = _read([row.listing for row in rows])
    texts = [" ".join(one.lexemes) for one in read]
    pks = [row.pk for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(PUT, [pks, [row.text_key for row in rows], texts, pks])
    # In one order: two who put the same new terms wait for each other instead of deadlocking.
    terms = sorted({term for one in read for term in one.terms})
    ShelfTerm.objects.bulk_create(
        (ShelfTerm(term=term, sound=words.sound(term)) for term in terms), ignore_conflicts=True
    )
