"""Hearts: on the page of a listing and on cards, kept until they are let go, honest about what is gone."""

from datetime import date
from functools import partial

import pytest
from django.db import transaction
from django.urls import reverse

from accounts import services as accounts
from listings import services
from listings.errors import TooManyFavourites
from listings.models import Companion, Favourite, Listing
from listings.services import keeping
from tests.cast import a_listing
from tests.threads import at_once, failures

pytestmark = pytest.mark.django_db

FAVOURITES = "/me/favourites/"
FAVOURITES_QUERIES = 11
BROWSE_QUERIES = 13


def heart(client, listing, on: str = "1", **headers):
    return client.post(reverse("listings:keep", args=[listing.pk]), {"on": on}, headers=headers)


def kept(user) -> list[int]:
    return list(Favourite.objects.filter(user=user).values_list("listing", flat=True))


def test_a_heart_keeps_and_lets_go_and_twice_is_once(client, client_user, listing):
    client.force_login(client_user)
    for on, is_kept in [("1", True), ("1", True), ("0", False), ("0", False)]:
        heart(client, listing, on)
        assert (listing.pk in kept(client_user)) is is_kept


def test_it_leads_back_to_where_it_was_tapped(client, client_user, listing):
    client.force_login(client_user)
    assert heart(client, listing, Referer="http://testserver/browse/?q=a")["Location"].endswith("/browse/?q=a")
    assert heart(client, listing, Referer="https://elsewhere.example/")["Location"] == "/"


def test_htmx_gets_the_heart_alone(client, client_user, listing):
    client.force_login(client_user)
    part = heart(client, listing, **{"HX-Request": "true"}).content.decode()
    assert 'aria-pressed="true"' in part
    assert "<html" not in part


GONE = {
    "hidden": {"status": "hidden"},
    "its certificate ended": {"valid_until": date(2020, 1, 1)},
}


@pytest.mark.parametrize("gone", GONE)
def test_who_is_gone_can_be_let_go_and_says_so_until_then(client, client_user, listing, gone):
    client.force_login(client_user)
    heart(client, listing)
    Listing.objects.filter(pk=listing.pk).update(**GONE[gone])
    page = client.get(FAVOURITES).content.decode()
    assert 'class="card sunk person gone"' in page and f'href="{listing.get_absolute_url()}"' not in page
    answer = heart(client, listing, "0", **{"HX-Request": "true"})
    assert (answer.status_code, answer.content, kept(client_user)) == (200, b"", [])
    assert heart(client, listing).status_code == 404


def test_a_stranger_signs_in_and_comes_back(client, listing):
    signing_in = f"/accounts/login/?next={listing.get_absolute_url()}"
    assert heart(client, listing)["Location"] == signing_in
    assert heart(client, listing, **{"HX-Request": "true"})["HX-Redirect"] == signing_in
    assert not Favourite.objects.exists()


def test_only_by_post(client, client_user, listing):
    client.force_login(client_user)
    assert client.get(reverse("listings:keep", args=[listing.pk])).status_code == 405


@pytest.mark.parametrize("status", ["hidden", "draft", "pending", "rejected"])
def test_what_is_not_shown_cannot_be_kept(client, client_user, listing, status):
    Listing.objects.filter(pk=listing.pk).update(status=status)
    client.force_login(client_user)
    assert heart(client, listing).status_code == 404


def test_what_is_not_offered_any_more_says_so_and_can_be_let_go(client, client_user, listing):
    services.keep(by=client_user, listing=listing)
    Listing.objects.filter(pk=listing.pk).update(status="hidden")
    client.force_login(client_user)
    page = client.get(FAVOURITES).content.decode()
    assert 'class="card sunk person gone"' in page
    assert listing.get_absolute_url() + '"' not in page
    heart(client, listing, "0")
    assert kept(client_user) == []


def test_a_companion_who_was_suspended_is_not_offered(client, client_user, listing, companion):
    services.keep(by=client_user, listing=listing)
    companion.is_active = False
    companion.save()
    client.force_login(client_user)
    assert "person gone" in client.get(FAVOURITES).content.decode()


def test_who_is_here_now_comes_first(client, client_user):
    names = ["away", "here", "away2"]
    for name in names:
        services.keep(by=client_user, listing=a_listing(name))
    Companion.objects.filter(display_name__startswith="away").update(seen_at=None)
    client.force_login(client_user)
    page = client.get(FAVOURITES).context["page"]
    assert [one.listing.companion.display_name for one in page] == ["here", "away2", "away"]


def test_nobody_sees_anothers(client, client_user, stranger, listing):
    services.keep(by=client_user, listing=listing)
    assert client.get(FAVOURITES)["Location"].startswith("/accounts/login/")
    client.force_login(stranger)
    assert list(client.get(FAVOURITES).context["page"]) == []


@pytest.mark.parametrize("who_blocks", ["client", "companion"])
def test_a_blocked_pair_is_not_among_them(client, client_user, companion, listing, who_blocks):
    services.keep(by=client_user, listing=listing)
    by, other = (client_user, companion) if who_blocks == "client" else (companion, client_user)
    accounts.block(by=by, other=other)
    client.force_login(client_user)
    assert list(client.get(FAVOURITES).context["page"]) == []
    assert heart(client, listing).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("address", "queries"), [(FAVOURITES, FAVOURITES_QUERIES), ("/browse/", BROWSE_QUERIES)])
def test_hearts_cost_one_query_however_many(client, client_user, rows, address, queries, django_assert_num_queries):
    for number in range(rows):
        services.keep(by=client_user, listing=a_listing(f"name{number}"))
    client.force_login(client_user)
    with django_assert_num_queries(queries):
        page = client.get(address).content.decode()
    assert page.count('aria-pressed="true"') == rows


def test_nobody_keeps_more_than_the_most(client_user, listing, other_listing, monkeypatch):
    monkeypatch.setattr(keeping, "MOST_FAVOURITES", 1)
    services.keep(by=client_user, listing=listing)
    with pytest.raises(TooManyFavourites):
        services.keep(by=client_user, listing=other_listing)
    services.keep(by=client_user, listing=listing)


@pytest.mark.django_db(transaction=True)
def test_a_storm_of_taps_is_one_favourite(client_user, listing):
    assert failures(at_once(*[partial(services.keep, by=client_user, listing=listing)] * 6)) == []
    assert kept(client_user) == [listing.pk]


def test_the_database_keeps_each_once(client_user, listing):
    services.keep(by=client_user, listing=listing)
    with pytest.raises(Exception, match="favourite_once"), transaction.atomic():
        Favourite.objects.create(user=client_user, listing=listing)
