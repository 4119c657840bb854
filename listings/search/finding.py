"""One page of the browse list, and what stands around it."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Q

from listings.models import Listing, ShelfEntry, pause_end
from listings.models.shelf import ONLINE_POINTS
from listings.search import words as spelling
from listings.search.counts import Bits, Snapshot, snapshot
from listings.search.facets import Facets, facets
from listings.search.filters import Filters, condition
from listings.search.sorts import COLUMNS, PAGE_SIZE, Cursor, Position, Sort, after, cursor, shared, streams

# All a card shows; the long texts stay where they are.
SHOWN = (
    *("kind", "headline", "topics", "price_fen", "promise_s", "city", "district", "hospital", "venue_area"),
    *("rating_sum", "rating_count", "median_reply_ms", "created_at", "status", "included_hours"),
    *(f"companion__{name}" for name in ("user_id", "display_name", "gender", "city", "avatar_seed", "accepting")),
    *(f"companion__{name}" for name in ("seen_at", "is_demo", "languages")),
)


@dataclass(frozen=True, slots=True)
class Found:
    """`next` is the cursor of the page after this one, empty on the last. `by_sound`: nothing is spelled like the
    words, these sound like them; `anywhere`: nobody names that department. `unknown`: nobody at all matches the words,
    whatever the other filters are."""

    listings: list[Listing]
    facets: Facets
    next: str = ""
    by_sound: bool = False
    anywhere: bool = False
    query: spelling.Query | None = None
    unknown: bool = False

    @property
    def total(self) -> int:
        """Never fewer than one can see: counts may be some seconds old."""
        return max(self.facets.total, len(self.listings))


def find(
    filters: Filters, *, sort: str = Sort.RECOMMENDED, page_after: str = "", without: Collection[int] = ()
) -> Found:
    """The page after the cursor `page_after` (the first for "" or a broken one). `without`: ids of users whose
    listings are left out of everything, see `accounts.services.blocked_with`."""
    kept = snapshot()
    hidden = _hidden(kept, without)
    query = spelling.asked(filters["words"]) if filters.get("words") else None
    worded = None if query is None else kept.matching(query, ~hidden)
    where = condition(filters) & (Q() if worded is None else worded.condition) & not_of(without)
    listings, following = _page(where, cursor(page_after, Sort(sort)))
    counted = facets(kept, filters, None if worded is None else worded.bits, hidden)
    if worded is None:
        return Found(listings, counted, following)
    how = {"by_sound": worded.by_sound, "anywhere": worded.anywhere, "unknown": not worded.bits & ~hidden}
    return Found(listings, counted, following, query=query, **how)


def not_of(user_ids: Collection[int]) -> Q:
    """Entries of others than these users."""
    return ~Q(companion__user_id__in=user_ids) if user_ids else Q()


def _page(where: Q, begin: Cursor) -> tuple[list[Listing], str]:
    sort = begin.sort
    rows = [_rows(sort, where & stream, last) for stream, last in zip(streams(sort), begin.last, strict=True)]
    order = list(shared(rows[0], rows[1], _is_here)) if len(rows) > 1 else rows[0]
    taken = {entry.pk for entry in order[:PAGE_SIZE]}
    last = tuple(_last(sort, row, taken) or old for row, old in zip(rows, begin.last, strict=True))
    more = len(order) > PAGE_SIZE
    return [_listing_of(entry) for entry in order[:PAGE_SIZE]], str(Cursor(sort, last)) if more else ""


def _rows(sort: Sort, where: Q, last: Position | None) -> list[ShelfEntry]:
    """One more than fits on a page: whether there is a next one."""
    column = COLUMNS[sort]
    found = ShelfEntry.objects.valid().filter(where & after(sort, last)).select_related("listing__companion")
    only = found.only(column, *(f"listing__{name}" for name in SHOWN)).annotate(rests_until=pause_end("companion"))
    return list(only.order_by(f"-{column}", "-listing_id")[: PAGE_SIZE + 1])


def _listing_of(entry: ShelfEntry) -> Listing:
    entry.listing.companion.rests_until = entry.rests_until
    return entry.listing


def _is_here(entry: ShelfEntry) -> bool:
    return entry.by_standing >= ONLINE_POINTS


def _last(sort: Sort, row: list[ShelfEntry], taken: Collection[int]) -> Position | None:
    shown = [entry for entry in row if entry.pk in taken]
    return (getattr(shown[-1], COLUMNS[sort]), shown[-1].pk) if shown else None


def _hidden(kept: Snapshot, user_ids: Collection[int]) -> Bits:
    """The bits of the entries of these users."""
    if not user_ids:
        return 0
    return kept.bits(ShelfEntry.objects.filter(companion__user_id__in=user_ids).values_list("pk", flat=True))


def people_here(most: int, *, without: Collection[int] = ()) -> tuple[list[Listing], int]:
    """Of each person who is here now the listing that stands first, at most so many; and how many people are here."""
    here = ShelfEntry.objects.valid().filter(condition({"online": True}) & not_of(without))
    best = here.order_by("companion", "-by_standing", "-listing_id").distinct("companion").values("pk")
    shown = ShelfEntry.objects.filter(pk__in=best).select_related("listing__companion")
    rows = shown.only(*(f"listing__{name}" for name in SHOWN)).order_by("-by_standing", "-listing_id")[:most]
    return [entry.listing for entry in rows], here.aggregate(people=Count("companion", distinct=True))["people"]
