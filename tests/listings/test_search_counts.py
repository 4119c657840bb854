"""The counts beside each choice, against counting by hand."""

import random

import pytest
from django.utils import timezone

from listings.models import Gender, Listing, ShelfEntry, SpokenLanguage
from listings.search import Filters, find
from listings.search import counts as bitmaps
from listings.search.counts import REPLY_S, STARS_PM
from listings.search.facets import FACETS, NAMES, WITHIN
from listings.search.filters import active
from tests.cast import a_companion, a_listing
from tests.lasting import lasting
from tests.threads import at_once

pytestmark = pytest.mark.django_db
CITIES, TOPICS = ["上海", "苏州", "西宁"], ["失恋", "职场", "火锅", "轮椅"]
# The second is called so in each city.
HOSPITALS = ["复旦大学附属华山医院", "第一人民医院", "南岸医院"]


@pytest.fixture(scope="class")
def crowd(django_db_setup, django_db_blocker):
    with lasting(django_db_blocker):
        _make_crowd()
        yield


def _make_crowd() -> None:
    rng = random.Random(11)
    for number in range(60):
        companion = a_companion(
            f"c{number}",
            gender=rng.choice(Gender.values),
            city=rng.choice(CITIES),
            languages=rng.sample(SpokenLanguage.values, 2),
            accepting=rng.random() < 0.3,
        )
        ratings = rng.choice([0, 4])
        a_listing(
            f"c{number}",
            rng.randrange(2000, 5000, 250),
            companion=companion,
            topics=rng.sample(TOPICS, 2),
            rating_count=ratings,
            rating_sum=ratings * rng.choice([3, 4, 5]),
            median_reply_ms=rng.choice([None, 10_000, 15_000, 55_000, 200_000]),
            approved_at=timezone.now(),
        )
        if number % 3 == 0:
            city, hospital = rng.choice(CITIES), rng.choice(HOSPITALS)
            a_listing("", 30_000, kind="clinic", companion=companion, city=city, hospital=hospital)


def fits(entry: ShelfEntry, name: str, value) -> bool:
    rules = {
        "kind": lambda: entry.kind == value,
        "online": lambda: entry.companion.is_online,
        "price_min": lambda: entry.price_fen >= value,
        "price_max": lambda: entry.price_fen <= value,
        "city": lambda: entry.city == value,
        "hospital": lambda: entry.hospital == value,
        "language": lambda: value in entry.languages,
        "topic": lambda: value in entry.topics,
        "gender": lambda: entry.gender == value,
        "rating": lambda: bool(entry.rating_count) and entry.rating_sum * 1000 >= value * entry.rating_count,
        "reply": lambda: entry.reply_ms is not None and entry.reply_ms <= value * 1000,
        "words": lambda: value in [*entry.topics, entry.city],
    }
    return rules[name]()


def by_hand(filters: Filters, facet: str | None = None, value=None) -> int:
    """How many fit all filters but the facet's own, and the value."""
    asked = {name: wanted for name, wanted in [*active(filters).items(), ("words", filters.get("words"))] if wanted}
    own = {facet, *(name for name, wider in WITHIN.items() if wider == facet)}
    others = {name: wanted for name, wanted in asked.items() if NAMES.get(name, name) not in own}
    entries = ShelfEntry.objects.select_related("companion")
    return sum(
        all(fits(entry, *one) for one in others.items()) and (value is None or fits(entry, facet, value))
        for entry in entries
    )


def some_filters(rng: random.Random) -> Filters:
    every = {
        "kind": ["listener", "clinic"],
        "online": [True],
        "price_min": [2000, 2500, 2600],
        "price_max": [2000, 3000, 4999],
        "city": CITIES,
        "hospital": [*HOSPITALS, "没有的医院"],
        "language": SpokenLanguage.values,
        "topic": [*TOPICS, "没有"],
        "gender": Gender.values,
        "rating": STARS_PM,
        "reply": REPLY_S,
        "words": [*TOPICS, *CITIES],
    }
    return {name: rng.choice(list(every[name])) for name in rng.sample(list(every), rng.randrange(0, 4))}


class TestACrowd:
    @pytest.mark.parametrize("seed", range(25))
    def test_every_count_is_what_counting_by_hand_gives(self, crowd, seed):
        filters = some_filters(random.Random(seed))
        page = find(filters)
        assert page.total == page.facets.total == by_hand(filters)
        for facet in (*FACETS, *WITHIN):
            for value, count in page.facets.by_name[facet].items():
                if (facet, value) != ("online", False):
                    assert count == by_hand(filters, facet, value), (filters, facet, value)
        for name, count in page.facets.without.items():
            assert count == by_hand(filters, name)

    @pytest.mark.parametrize("city", ["", *CITIES])
    def test_hospitals_are_those_of_the_city_whatever_is_chosen(self, crowd, city):
        there = set(ShelfEntry.objects.filter(city=city, kind="clinic").values_list("hospital", flat=True))
        for chosen in ("", *HOSPITALS):
            assert set(find({"city": city, "hospital": chosen}).facets.by_name["hospital"]) == there

    def test_the_list_is_what_is_counted(self, crowd):
        for seed in range(25, 60):
            filters = some_filters(random.Random(seed))
            page = find(filters)
            assert len(page.listings) == min(page.total, 18), filters

    def test_a_topic_hardly_anybody_has_is_counted_too(self, crowd, monkeypatch):
        monkeypatch.setattr(bitmaps, "TOPICS_COUNTED", 1)
        Listing.objects.filter(pk=Listing.objects.first().pk).update(topics=["养蜂"])
        page = find({"topic": "养蜂"})
        assert (page.total, len(page.listings)) == (1, 1)
        assert len(page.facets.by_name["topic"]) <= 1


def test_counts_may_rest_but_lists_may_not(listing, other_listing, settings):
    settings.SHELF_COUNTS_REST = 1_000_000
    find({})
    Listing.objects.filter(pk=listing.pk).update(status="hidden")
    page = find({})
    assert [one.pk for one in page.listings] == [other_listing.pk]
    assert page.facets.total == 2
    bitmaps._kept = None
    assert find({}).facets.total == 1
    bitmaps._kept = None


@pytest.mark.django_db(transaction=True)
def test_the_first_requests_of_a_process_take_the_shelf_once(listing, monkeypatch, settings):
    settings.SHELF_COUNTS_REST = 10_000
    monkeypatch.setattr(bitmaps, "_kept", None)
    results = at_once(*[bitmaps.snapshot] * 6)
    assert len({id(result) for result in results}) == 1
