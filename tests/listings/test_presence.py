from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.ages import shanghai_today
from listings import services
from listings.errors import CompanionAway, ListingNotFound, NoProfile, NotBookableYet, NothingToOffer, OwnListing
from listings.models import ONLINE_FOR, Companion, Listing
from tests.cast import a_companion, a_listing

pytestmark = pytest.mark.django_db


def seen_ago(listing: Listing, ago: timedelta) -> Companion:
    Companion.objects.update(seen_at=timezone.now() - ago)
    listing.companion.refresh_from_db()
    return listing.companion


@pytest.mark.parametrize(("ago", "online"), [(timedelta(0), True), (ONLINE_FOR, False), (timedelta(days=1), False)])
def test_online_is_seen_within_forty_seconds(listing, ago, online):
    assert seen_ago(listing, ago).is_online is online
    assert Companion.objects.online().exists() is online


def test_never_seen_or_not_accepting_is_away(listing):
    Companion.objects.update(seen_at=None)
    assert not Companion.objects.get().is_online
    services.seen([listing.companion.user_id])
    assert Companion.objects.get().is_online
    services.set_accepting(by=listing.companion.user, on=False)
    assert not Companion.objects.get().is_online


def test_many_are_seen_with_one_statement(listing, other_listing, client_user, django_assert_num_queries):
    users = [listing.companion.user_id, other_listing.companion.user_id, client_user.pk]
    Companion.objects.update(seen_at=None)
    with django_assert_num_queries(1):
        assert services.seen(users) == 2
    assert Companion.objects.online().count() == 2


def test_online_with_nothing_to_offer_makes_no_sense(client_user):
    with pytest.raises(NothingToOffer):
        services.set_accepting(by=a_companion("meimei", accepting=False).user, on=True)
    with pytest.raises(NoProfile):
        services.set_accepting(by=client_user, on=False)


def test_nor_with_only_what_has_ended(listing):
    Companion.objects.update(accepting=False)
    Listing.objects.update(valid_until=shanghai_today() - timedelta(days=1))
    with pytest.raises(NothingToOffer):
        services.set_accepting(by=listing.companion.user, on=True)
    assert not Companion.objects.get().accepting


def test_bookable_now(listing, client_user, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = services.bookable_now(listing.pk, client_user)
        assert found.companion.user.display_name == "shanshan"


@pytest.mark.parametrize("kind", ["clinic", "dining"])
def test_offline_kinds_are_not_bookable_yet(client_user, kind):
    with pytest.raises(NotBookableYet):
        services.bookable_now(a_listing("shen", kind=kind).pk, client_user)


def test_not_bookable(listing, client_user):
    with pytest.raises(OwnListing):
        services.bookable_now(listing.pk, listing.companion.user)
    seen_ago(listing, ONLINE_FOR)
    with pytest.raises(CompanionAway):
        services.bookable_now(listing.pk, client_user)
    Listing.objects.update(status="hidden")
    with pytest.raises(ListingNotFound):
        services.bookable_now(listing.pk, client_user)
