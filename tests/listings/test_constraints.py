"""Each rule of a listing in the database: one wrong value each, refused by its name."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from listings.kinds import KINDS
from listings.models import Companion, Listing, ListingRevision, SpokenLanguage
from tests.cast import a_companion, a_listing, a_text

pytestmark = pytest.mark.django_db

WRONG_TEXTS = [
    ("listener", {"headline": "短"}),
    ("listener", {"headline": "   四  "}),
    ("listener", {"about": "太短了"}),
    ("listener", {"about": "长" * 1201}),
    ("listener", {"topics": []}),
    ("listener", {"topics": list("一二三四五六七八九")}),
    ("listener", {"not_offered": "不" * 301}),
    ("listener", {"price_fen": None}),
    ("listener", {"promise_s": None}),
    ("listener", {"promise_s": 14}),
    ("listener", {"promise_s": 601}),
    ("listener", {"city": "上海"}),
    ("listener", {"hospital": "华山医院"}),
    ("listener", {"included_hours": 4}),
    ("clinic", {"city": ""}),
    ("clinic", {"hospital": ""}),
    ("clinic", {"included_hours": 0}),
    ("clinic", {"included_hours": 13}),
    ("clinic", {"overtime_fen": 999}),
    ("clinic", {"overtime_fen": None}),
    ("clinic", {"promise_s": 60}),
    ("clinic", {"venue_area": "公园"}),
    ("dining", {"venue_area": ""}),
    ("dining", {"city": ""}),
    ("dining", {"overtime_fen": 4000}),
]


def refused(constraint: str):
    return pytest.raises(IntegrityError, match=constraint)


@pytest.mark.parametrize(("kind", "change"), WRONG_TEXTS)
def test_a_text_that_may_not_be_published(kind, change):
    with refused("listing_approved_is_complete"):
        published = {"companion": a_companion("shanshan"), "status": "published", "approved_at": timezone.now()}
        Listing.objects.create(**published, **a_text(kind, **change))


@pytest.mark.parametrize(("kind", "change"), WRONG_TEXTS)
def test_nor_handed_in(listing, kind, change):
    draft = Listing.objects.create(companion=listing.companion, kind=kind)
    with refused("revision_is_complete"):
        ListingRevision.objects.create(listing=draft, **a_text(kind, **change))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_prices_stay_within_the_bounds_of_their_kind(kind):
    low, high = kind.price_min_fen, kind.price_max_fen
    a_listing("low", low, kind.key), a_listing("high", high, kind.key)
    for number, price in enumerate((low - 1, high + 1)):
        with refused("listing_approved_is_complete"), transaction.atomic():
            a_listing(f"wrong{number}", price, kind.key)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"status": "gone"}, "listing_status_known"),
        ({"kind": "therapy", "approved_at": None, "status": "draft"}, "listing_kind_known"),
        ({"approved_at": None}, "listing_published_is_approved"),
        ({"approved_at": None, "status": "hidden"}, "listing_published_is_approved"),
        ({"rating_sum": 6, "rating_count": 1}, "listing_rating_one_to_five"),
        ({"rating_sum": 0, "rating_count": 1}, "listing_rating_one_to_five"),
    ],
)
def test_a_listing_that_cannot_be(listing, change, constraint):
    with refused(constraint):
        Listing.objects.filter(pk=listing.pk).update(**change)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"status": "lost", "decided_at": timezone.now()}, "revision_status_known"),
        ({"decided_at": timezone.now()}, "revision_pending_is_undecided"),
        ({"status": "approved"}, "revision_pending_is_undecided"),
        ({"status": "rejected", "decided_at": timezone.now()}, "revision_rejected_with_reason"),
    ],
)
def test_a_revision_that_cannot_be(listing, change, constraint):
    with refused(constraint):
        ListingRevision.objects.create(listing=listing, **a_text(), **change)


def test_one_text_at_a_time_waits_for_review(listing):
    ListingRevision.objects.create(listing=listing, **a_text())
    with refused("revision_one_pending"):
        ListingRevision.objects.create(listing=listing, **a_text())


def test_a_revision_is_of_its_listings_kind(listing):
    with refused("revision_of_its_listings_kind"):
        ListingRevision.objects.create(listing=listing, **a_text("dining"))


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"display_name": " "}, "companion_has_name"),
        ({"display_name": "姗\u2028姗"}, "companion_name_one_line"),
        ({"city": " "}, "companion_has_city"),
        ({"gender": "x"}, "companion_gender_known"),
        ({"languages": []}, "companion_languages_known"),
        ({"languages": ["latin"]}, "companion_languages_known"),
        ({"languages": SpokenLanguage.values[:7]}, "companion_languages_known"),
        ({"about": "长" * 601}, "companion_about_length"),
    ],
)
def test_a_companion_that_cannot_be(change, constraint):
    companion = a_companion("shanshan")
    with refused(constraint):
        Companion.objects.filter(pk=companion.pk).update(**change)
