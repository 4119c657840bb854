"""What the counts of a snapshot say about one set of filters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from listings.search.counts import Bits, Snapshot
from listings.search.filters import Filters, active

# The two ends of a price are one filter: who drops one drops both.
NAMES = {"price_min": "price", "price_max": "price"}
# A narrower place is in a wider one: who drops or changes the city leaves the hospital too.
WITHIN = {"hospital": "city"}
FACETS = ("kind", "city", "language", "gender", "topic", "online", "rating", "reply")
TOPICS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Facets:
    """`by_name[facet][value]`: how many there are with it and all filters but the facet's own; those with none are
    left out, and so are hospitals until a city is chosen. `without[name]`: how many there would be without that one
    filter."""

    total: int
    by_name: Mapping[str, Mapping[Any, int]]
    without: Mapping[str, int]


def facets(snapshot: Snapshot, filters: Filters, worded: Bits | None, hidden: Bits) -> Facets:
    """`worded`: the bits of those the words match, None when no words were given; `hidden`: whom this user never
    sees."""
    asked = _asked(snapshot, filters, worded)
    seen = snapshot.everybody & ~hidden
    others = {name: _all_but(name, asked, seen) for name in {*FACETS, *WITHIN, *asked}}
    by_name = {name: _counted(snapshot.options[name], others[name]) for name in FACETS}
    by_name["hospital"] = _some(snapshot.hospitals_of(filters.get("city") or "", others["hospital"]))
    by_name["topic"] = _most(by_name["topic"], filters.get("topic"))
    without = {name: others[name].bit_count() for name in asked}
    return Facets(_all_but(None, asked, seen).bit_count(), by_name, without)


def _asked(snapshot: Snapshot, filters: Filters, worded: Bits | None) -> dict[str, Bits]:
    asked = {} if worded is None else {"words": worded}
    for name, value in active(filters).items():
        shown = NAMES.get(name, name)
        asked[shown] = asked.get(shown, snapshot.everybody) & snapshot.having(name, value)
    return asked


def _all_but(dropped: str | None, asked: Mapping[str, Bits], seen: Bits) -> Bits:
    for name, bits in asked.items():
        if dropped not in (name, WITHIN.get(name, name)):
            seen &= bits
    return seen


def _counted(options: Mapping[Any, Bits], others: Bits) -> dict[Any, int]:
    return _some({value: (bits & others).bit_count() for value, bits in options.items()})


def _some(counted: Mapping[Any, int]) -> dict[Any, int]:
    return {value: count for value, count in counted.items() if count}


def _most(topics: Mapping[str, int], chosen: str | None) -> dict[str, int]:
    """The most frequent topics, and the one that is chosen."""
    most = sorted(topics, key=lambda topic: (topic != chosen, -topics[topic], topic))[:TOPICS_SHOWN]
    return {topic: topics[topic] for topic in sorted(most, key=lambda topic: (-topics[topic], topic))}
