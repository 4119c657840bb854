"""The pause a companion set is kept after every order, for now or for a time, from the moment it really ended."""

import re
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.db.models import F
from django.urls import reverse
from django.utils import timezone, translation

from bookings import services
from bookings.errors import AppointmentComes, NoTimeNow, Resting
from bookings.models import Booking
from listings import services as listings
from listings.errors import NotFreeThen
from listings.models import Companion, TakenTime
from tests.bookings.test_appointments import near
from tests.cast import a_week
from tests.listings.test_browse import BROWSE_QUERIES
from tests.orders import accepted, appointed, live, on_the_half_hour, ordered, requested, settle, speak

pytestmark = pytest.mark.django_db

PAUSE = timedelta(minutes=40)


@pytest.fixture(autouse=True)
def pausing(listing) -> Companion:
    listing.companion.buffer_minutes = 40
    listing.companion.save()
    return a_week(listing.companion)


def taken(booking: Booking) -> TakenTime:
    return TakenTime.objects.get(ref=booking.pk)


def about(moment: datetime) -> object:
    return pytest.approx(moment.timestamp(), abs=10)


def test_an_order_for_now_is_followed_by_her_pause(client_user, listing):
    promise = taken(accepted(client_user, listing))
    assert promise.free_again_at - promise.ends_at == PAUSE


@pytest.mark.parametrize("begin", [live, lambda *who: spoken(near(appointed(*who)))])
def test_ended_early_it_is_counted_from_the_real_end(client_user, listing, begin):
    booking = begin(client_user, listing)
    TakenTime.objects.update(starts_at=timezone.now() - timedelta(minutes=5))
    services.end(booking=booking, by=client_user)
    promise = taken(booking)
    assert promise.ends_at.timestamp() == about(timezone.now())
    assert promise.free_again_at - promise.ends_at == PAUSE


def spoken(booking: Booking) -> Booking:
    speak(booking.pk, companion=True, now_ms=booking.starts_ms)
    booking.refresh_from_db()
    return booking


def test_settling_later_changes_neither(client_user, listing):
    booking = live(client_user, listing)
    services.end(booking=booking, by=client_user)
    before = taken(booking)
    settle(booking)
    after = taken(booking)
    assert (after.ends_at, after.free_again_at) == (before.ends_at, before.free_again_at)


def test_while_she_rests_nobody_orders_for_now_and_the_page_says_so(client, client_user, other_client, listing):
    services.end(booking=live(client_user, listing), by=client_user)
    assert services.lengths_now(listing) == []
    rested = f"{timezone.localtime(TakenTime.objects.get().free_again_at):%H:%M}"
    with pytest.raises(Resting) as refused, translation.override("en"):
        ordered(other_client, listing)
    assert f"until {rested}" in str(refused.value)
    client.force_login(other_client)
    page = seen(client, listing)
    assert "shanshan is resting" in page
    assert f"You can book again in about 40 min, from {rested} on." in page
    assert badge(page) == "resting"
    assert 'name="minutes"' not in page
    assert "Choose a length" not in page
    TakenTime.objects.update(free_again_at=F("ends_at"))
    assert services.lengths_now(listing)
    assert ordered(other_client, listing)


def seen(client, listing) -> str:
    return " ".join(client.get(listing.get_absolute_url(), HTTP_ACCEPT_LANGUAGE="en").content.decode().split())


def badge(page: str) -> str:
    """What the page says of her presence."""
    return re.findall(r'class="badge (?:live|rest)">([^<]*)<', page)[0]


def test_where_something_else_comes_right_after_her_rest_nothing_is_promised(
    client, client_user, other_client, listing
):
    services.end(booking=live(client_user, listing), by=client_user)
    then = TakenTime.objects.get().free_again_at + timedelta(minutes=20)
    listings.take_time(
        companion=listing.companion, ref=uuid4(), starts_at=then, ends_at=then + timedelta(minutes=30), pause_min=0
    )
    with pytest.raises(NoTimeNow) as refused:
        ordered(other_client, listing)
    assert refused.type is NoTimeNow
    page = seen(client, listing)
    assert "has no time right now" in page
    assert badge(page) == "resting"


@pytest.mark.parametrize("changed", [{"accepting": False}, {"seen_at": None}])
def test_who_is_away_is_not_said_to_rest(client, client_user, listing, changed):
    services.end(booking=live(client_user, listing), by=client_user)
    Companion.objects.update(**changed)
    assert badge(seen(client, listing)) == "away"


def test_her_card_agrees_and_costs_no_question_more(client, client_user, listing, django_assert_num_queries):
    def card() -> str:
        with django_assert_num_queries(BROWSE_QUERIES):
            page = client.get("/browse/", HTTP_ACCEPT_LANGUAGE="en").content.decode()
        return page.partition('class="card person"')[2].partition("</article>")[0]

    assert "online now" in card()
    services.end(booking=live(client_user, listing), by=client_user)
    assert "resting" in card()
    assert "online now" not in card()
    TakenTime.objects.update(free_again_at=F("ends_at"))
    assert "resting" not in card()


def test_her_workbench_says_until_when(client, client_user, listing):
    def desk() -> str:
        return " ".join(client.get(reverse("bookings:workbench"), HTTP_ACCEPT_LANGUAGE="en").content.decode().split())

    booking = live(client_user, listing)
    client.force_login(listing.companion.user)
    assert "You are resting" not in desk()
    services.end(booking=booking, by=client_user)
    rested = timezone.localtime(TakenTime.objects.get().free_again_at)
    assert f"You are resting until {rested:%H:%M}" in desk()
    Companion.objects.update(accepting=False)
    assert "You are resting" not in desk()
    Companion.objects.update(accepting=True)
    TakenTime.objects.update(free_again_at=F("ends_at"))
    assert "You are resting" not in desk()


def test_nor_for_a_time_within_it(client_user, other_client, listing):
    services.end(booking=live(client_user, listing), by=client_user)
    rested = timezone.now() + PAUSE
    free = [start for start in listings.free_slots(listing, minutes=30) if start < rested]
    assert free == []
    with pytest.raises(NotFreeThen):
        ordered(other_client, listing, starts_at=on_the_half_hour(0) + timedelta(minutes=30))


def test_a_request_from_before_is_accepted_only_when_she_has_rested(client_user, other_client, listing):
    waiting = requested(other_client, listing)
    services.end(booking=live(client_user, listing), by=client_user)
    with pytest.raises(AppointmentComes):
        services.accept(booking=waiting, by=waiting.companion)
    TakenTime.objects.update(free_again_at=F("ends_at"))
    assert services.accept(booking=waiting, by=waiting.companion)


@pytest.mark.parametrize("by", ["client", "companion"])
def test_an_order_that_never_began_leaves_no_pause(client_user, other_client, listing, by):
    booking = accepted(client_user, listing)
    services.cancel(booking=booking, by=getattr(booking, by))
    assert services.lengths_now(listing)
    assert ordered(other_client, listing)


def test_nor_one_to_which_nobody_came(client_user, other_client, listing):
    settle(accepted(client_user, listing))
    assert services.lengths_now(listing)


def test_her_workbench_does_not_promise_an_order_while_she_rests(client, client_user, listing):
    client.force_login(listing.companion.user)
    assert "Nobody is waiting" in desk(client)
    services.end(booking=live(client_user, listing), by=client_user)
    assert "Nobody is waiting" not in desk(client)
    assert "You are resting until" in desk(client) and "After the pause an order appears" in desk(client)
    assert "and as resting in the pause after an order" in desk(client)


def desk(client) -> str:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client.get(reverse("bookings:workbench")).content.decode()
