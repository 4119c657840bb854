"""What to offer when nobody fits: which one filter is in the way, and what the words may have meant."""

from collections.abc import Collection, Mapping, Sequence
from difflib import SequenceMatcher

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import IntegerField, Q, Value
from django.db.models.functions import Greatest

from listings.models import ShelfEntry, ShelfTerm
from listings.search.filters import Filters, condition, matches
from listings.search.finding import not_of
from listings.search.words import Query, asked

OFFERED = 3
TERMS_READ, TERMS_TRIED = 30, 6
ALIKE = 0.8  # of 1: "huashan" and "haushan" are 0.86 alike


def in_the_way(without: Mapping[str, int]) -> list[tuple[str, int]]:
    """The filters that alone keep somebody away, with how many there would be; the most helpful three."""
    helpful = [(name, count) for name, count in without.items() if count]
    return sorted(helpful, key=lambda one: (-one[1], one[0]))[:OFFERED]


def meant(query: Query, filters: Filters | None = None, *, without: Collection[int] = ()) -> list[str]:
    """Names, topics, places and words of headlines that sound nearly like one of the words typed, the nearest first.

    Only those that lead somewhere under the other filters, and to others than the users `without`: a name is told to
    nobody who cannot find its bearer. Two queries, one where nothing sounds like it.
    """
    close = _close(query)[:TERMS_TRIED]
    led = _leading(close, condition(filters or {}) & not_of(without))
    return [term for term in close if term in led][:OFFERED]


def _close(query: Query) -> list[str]:
    if not query.sounds:
        return []
    near = Q()
    for said in query.sounds:
        near |= Q(sound__trigram_similar=said) | Q(sound__in=_swapped(said))
    likeness = [TrigramSimilarity("sound", said) for said in query.sounds]
    # A single word has nothing to be compared with, and Greatest asks for two.
    nearest = Greatest(*likeness, *likeness[:1])
    terms = ShelfTerm.objects.filter(near).order_by(nearest.desc(), "term")[:TERMS_READ]
    alike = {term.term: max(_alike(said, term.sound) for said in query.sounds) for term in terms}
    close = [term for term, share in alike.items() if share >= ALIKE]
    return sorted(close, key=lambda term: (-alike[term], term))


def _leading(terms: Sequence[str], where: Q) -> set[str]:
    """Those that find somebody as they are spelled."""
    found = ShelfEntry.objects.valid().filter(where)
    each = [
        found.filter(matches(asked(term).spelled)).values_list(Value(number, IntegerField()))[:1]
        for number, term in enumerate(terms)
    ]
    if not each:
        return set()
    return {terms[number] for (number,) in each[0].union(*each[1:], all=True)}


def _swapped(said: str) -> list[str]:
    """With two neighbours changed over: short words keep too few of their trigrams (xeihe, xiehe)."""
    return [said[:at] + said[at + 1] + said[at] + said[at + 2 :] for at in range(len(said) - 1)]


def _alike(said: str, other: str) -> float:
    return SequenceMatcher(None, said, other).ratio()
