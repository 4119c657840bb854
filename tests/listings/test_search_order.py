"""The order is total, the same for everybody, and paging through it meets everyone once."""

import random
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from listings.models import Companion, Listing, ShelfEntry
from listings.search import Sort, find
from listings.search.sorts import NEWCOMERS_PLACE, PAGE_SIZE, cursor, shared
from tests.cast import a_companion, a_listing, a_user
from tests.lasting import lasting

PEOPLE = 50


@given(old_here=st.integers(0, 30), old=st.integers(0, 30), new_here=st.integers(0, 30), new=st.integers(0, 30))
def test_every_sixth_place_is_a_newcomers_as_long_as_there_are_both(old_here, old, new_here, new):
    sides = {"old": [*[True] * old_here, *[False] * old], "new": [*[True] * new_here, *[False] * new]}
    people = {side: [(side, here, n) for n, here in enumerate(row)] for side, row in sides.items()}
    order = list(shared(people["old"], people["new"], here=lambda one: one[1]))
    for side, row in people.items():
        assert [one for one in order if one[0] == side] == row
    assert [here for _side, here, _n in order] == sorted((here for _side, here, _n in order), reverse=True)
    left = {(side, here): row.count(here) for side, row in sides.items() for here in (True, False)}
    for place, (side, here, _n) in enumerate(order, 1):
        wanted = "new" if place % NEWCOMERS_PLACE == 0 else "old"
        assert side == wanted or not left[wanted, here]
        left[side, here] -= 1


def test_a_page_holds_whole_turns():
    assert PAGE_SIZE % NEWCOMERS_PLACE == 0


@given(text=st.text(max_size=60))
def test_a_broken_cursor_is_the_beginning(text):
    for sort in Sort:
        assert str(cursor(text, sort)) in (text, str(cursor("", sort)))


@pytest.fixture(scope="class")
def crowd(django_db_setup, django_db_blocker):
    with lasting(django_db_blocker):
        _make_crowd()
        yield


def _make_crowd() -> None:
    """Fifty people with all kinds of figures, many of them equal; a third are new."""
    rng = random.Random(5)
    for number in range(PEOPLE):
        companion = a_companion(
            f"c{number}",
            accepting=rng.random() < 0.4,
            completion_pm=rng.choice([None, None, None, 900]),
            approved_at=timezone.now() - timedelta(days=rng.choice([1, 100])),
        )
        ratings = rng.choice([0, 0, 2, 10])
        a_listing(
            f"c{number}",
            rng.choice([2000, 2500]),
            companion=companion,
            rating_count=ratings,
            rating_sum=ratings * 4,
            median_reply_ms=rng.choice([None, 20_000]),
        )


def walk(sort: str, **filters) -> list[int]:
    met, after = [], ""
    while True:
        page = find(filters, sort=sort, page_after=after)
        assert len(page.listings) == PAGE_SIZE or not page.next
        met += [listing.pk for listing in page.listings]
        if not page.next:
            return met
        after = page.next


@pytest.mark.django_db
class TestACrowd:
    @pytest.mark.parametrize("sort", Sort.values)
    def test_paging_meets_everyone_once(self, crowd, sort):
        met = walk(sort)
        assert len(met) == PEOPLE
        assert set(met) == set(Listing.objects.values_list("pk", flat=True))
        assert met == walk(sort)

    def test_newcomers_have_their_places_on_every_page(self, crowd):
        Companion.objects.update(accepting=False)
        new = set(ShelfEntry.objects.filter(newcomer=True).values_list("pk", flat=True))
        assert 8 < len(new) < PEOPLE - 20
        order = walk("recommended")
        for place, listing_id in enumerate(order[: PAGE_SIZE * 2], 1):
            assert (listing_id in new) == (place % NEWCOMERS_PLACE == 0)

    def test_nobody_who_is_away_stands_before_anybody_who_is_here(self, crowd):
        here = dict(ShelfEntry.objects.values_list("pk", "online"))
        assert [here[pk] for pk in walk("recommended")] == sorted(here.values(), reverse=True)

    def test_filtered_paging_meets_everyone_who_fits_once(self, crowd):
        met = walk("recommended", price_max=2000, kind="listener")
        assert sorted(met) == sorted(Listing.objects.filter(price_fen=2000).values_list("pk", flat=True))

    def test_who_comes_or_goes_between_pages_hides_nobody_else(self, crowd):
        first = find({}, sort="price")
        Listing.objects.filter(pk=first.listings[-1].pk).update(status="hidden")
        Listing.objects.filter(pk=first.listings[0].pk).update(status="hidden")
        second = find({}, sort="price", page_after=first.next)
        everyone = list(ShelfEntry.objects.order_by("-by_price", "-listing_id").values_list("pk", flat=True))
        assert [listing.pk for listing in second.listings] == everyone[PAGE_SIZE - 2 :][:PAGE_SIZE]

    @pytest.mark.parametrize("sort", Sort.values)
    @pytest.mark.parametrize(
        "text", ["x", "recommended", "price_1.1_1.1", "price_999999999999999999.999999999999999999", "\x00"]
    )
    def test_whatever_stands_in_the_address(self, crowd, sort, text):
        assert find({}, sort=sort, page_after=text).listings or text.startswith("price_9")


@pytest.mark.django_db
def test_points_are_those_written_down(listing):
    Listing.objects.update(rating_sum=45, rating_count=10, median_reply_ms=30_500)
    Companion.objects.update(completion_pm=950)
    stars = (45 + 20) * 1000 // 15
    points = (stars - 1000) * 100 + 18_000_000 // (60 + 30) + 950 * 300
    assert ShelfEntry.objects.get().by_standing == 2_000_000 + points
    assert points <= 1_000_000


@pytest.mark.django_db
def test_nothing_known_counts_as_average(listing):
    assert ShelfEntry.objects.get().by_standing == 2_000_000 + 300_000 + 150_000 + 270_000


@pytest.mark.django_db
def test_it_is_the_same_for_everybody(client, crowd):
    def order():
        return [listing.pk for listing in client.get("/browse/").context["found"].listings]

    anonymous = order()
    client.force_login(a_user("lin"))
    assert order() == anonymous
