"""Whoever waits for a companion is told when she is here and in no order."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db.models import F
from django.utils import timezone

from bookings import services
from listings import services as listings
from listings.models import Companion, TakenTime, Watch
from tests.cast import a_user
from tests.orders import accepted, live, requested

pytestmark = pytest.mark.django_db


@pytest.fixture
def watch(client_user, listing) -> Watch:
    listings.watch(by=client_user, companion=listing.companion)
    return Watch.objects.get()


def test_she_is_here_and_free(watch):
    assert [services.tell_watchers(), services.tell_watchers()] == [1, 0]


@pytest.mark.parametrize("absence", [{"seen_at": None}, {"accepting": False}])
def test_she_is_away(watch, absence):
    Companion.objects.update(**absence)
    assert services.tell_watchers() == 0


@pytest.mark.parametrize("begin", [accepted, live])
def test_she_is_with_somebody_and_then_free(watch, other_client, listing, begin):
    booking = begin(other_client, listing)
    assert services.tell_watchers() == 0
    (services.cancel if begin is accepted else services.end)(booking=booking, by=other_client)
    assert services.tell_watchers() == 1


def test_while_she_rests_after_an_order_nobody_is_told(watch, other_client, listing):
    Companion.objects.update(buffer_minutes=10)
    listing.companion.refresh_from_db()
    services.end(booking=live(other_client, listing), by=other_client)
    assert services.tell_watchers() == 0
    TakenTime.objects.update(free_again_at=F("ends_at"))
    assert services.tell_watchers() == 1


@pytest.mark.parametrize(("minutes", "told"), [(37, 0), (39, 1)])
def test_what_is_promised_soon_keeps_her(watch, listing, minutes, told):
    then = timezone.now() + timedelta(minutes=minutes)
    promise = {"companion": listing.companion, "ref": uuid4(), "starts_at": then}
    listings.take_time(**promise, ends_at=then + timedelta(minutes=30))
    assert services.tell_watchers() == told


def test_in_promised_time_she_is_not_free(watch, listing):
    now = timezone.now()
    promise = {"companion": listing.companion, "ref": uuid4(), "starts_at": now - timedelta(minutes=5)}
    listings.take_time(**promise, ends_at=now + timedelta(minutes=30))
    assert services.tell_watchers() == 0


def test_a_request_she_has_not_answered_does_not_keep_her(watch, other_client, listing):
    requested(other_client, listing)
    assert services.tell_watchers() == 1


@pytest.mark.parametrize("others", [0, 2])
def test_a_round_costs_its_own_questions_and_five_for_each_letter(watch, listing, others, django_assert_num_queries):
    for number in range(others):
        listings.watch(by=a_user(f"waiting{number}"), companion=listing.companion)
    # A letter: where she is booked, is it written already, and the insert within its savepoint.
    with django_assert_num_queries(7 + 5 * (1 + others)):
        services.tell_watchers()


def test_when_nobody_waits_a_round_is_one_look(listing, django_assert_num_queries):
    with django_assert_num_queries(1):
        services.tell_watchers()


def test_her_page_offers_it_while_she_is_with_somebody(client, client_user, other_client, listing):
    offer = f'action="/listings/{listing.pk}/watch/"'
    client.force_login(client_user)
    assert offer not in client.get(listing.get_absolute_url()).content.decode()
    live(other_client, listing)
    assert offer in client.get(listing.get_absolute_url()).content.decode()
