"""What to offer when nobody fits: which one filter is in the way, and what the words may have meant."""

from collections.abc import Collection, Mapping
from difflib import SequenceMatcher

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Q, Value
from django.db.models.functions import Greatest

from listings.models import ShelfEntry, ShelfTerm
from listings.search.filters import matches
from listings.search.words import Query, asked

OFFERED = 3
TRIED = 12
TERMS_READ = 30
ALIKE = 0.8  # of 1: "huashan" and "haushan" are 0.86 alike


def in_the_way(without: Mapping[str, int]) -> list[tuple[str, int]]:
    """The filters that alone keep somebody away, with how many there would be; the most helpful three."""
    helpful = [(name, count) for name, count in without.items() if count]
    return sorted(helpful, key=lambda one: (-one[1], one[0]))[:OFFERED]


def meant(query: Query, *, without: Collection[int] = ()) -> list[str]:
    """Names, topics and places that sound nearly like one of the words typed, the nearest first. Two queries.

    Only what leads to somebody: a term outlives those who had it. `without` as in `listings.search.find`.
    """
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
    nearest_first = sorted(close, key=lambda term: (-alike[term], term))
    return _leading(nearest_first[:TRIED], without)[:OFFERED]


def _leading(terms: list[str], without: Collection[int]) -> list[str]:
    """Those that somebody is found by, in the order given."""
    shown = ShelfEntry.objects.valid().exclude(companion__user_id__in=without).order_by()
    each = [shown.filter(matches(asked(term).spelled)).values_list(Value(term))[:1] for term in terms]
    found = {term for (term,) in each[0].union(*each[1:], all=True)} if each else set()
    return [term for term in terms if term in found]


def _swapped(said: str) -> list[str]:
    """With two neighbours changed over: short words keep too few of their trigrams (xeihe, xiehe)."""
    return [said[:at] + said[at + 1] + said[at] + said[at + 2 :] for at in range(len(said) - 1)]


def _alike(said: str, other: str) -> float:
    return SequenceMatcher(None, said, other).ratio()
