"""The pause a companion set is kept after every order, for now or for a time, from the moment it really ended."""

from datetime import datetime, timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from bookings import services
from bookings.errors import AppointmentComes, NoTimeNow
from bookings.models import Booking
from listings import services as listings
from listings.errors import NotFreeThen
from listings.models import Companion, TakenTime
from tests.bookings.test_appointments import near
from tests.cast import a_week
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
    with pytest.raises(NoTimeNow):
        ordered(other_client, listing)
    client.force_login(other_client)
    page = client.get(listing.get_absolute_url(), HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "has no time right now" in page
    assert 'name="minutes"' not in page
    TakenTime.objects.update(free_again_at=F("ends_at"))
    assert services.lengths_now(listing)
    assert ordered(other_client, listing)


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
