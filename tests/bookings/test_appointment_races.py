"""Many for one time, against PostgreSQL; without the constraint several get it."""

from functools import partial
from uuid import uuid4

import pytest

from bookings import services
from bookings.models import Booking
from listings.errors import NotFreeThen, TimeTaken
from listings.models import TakenTime
from tests.cast import a_user, a_week
from tests.orders import on_the_half_hour, ordered
from tests.rules import empty, time_promised_twice
from tests.threads import at_once, failures

pytestmark = pytest.mark.django_db(transaction=True)
RIVALS = 8


def all_want_the_same_time(listing) -> list:
    a_week(listing.companion)
    then = on_the_half_hour()
    rivals = [a_user(f"rival{number}") for number in range(RIVALS)]
    return at_once(*[partial(ordered, rival, listing, 30, then) for rival in rivals])


def test_of_many_for_one_time_one_gets_it_and_the_others_hear_it_clearly(listing):
    results = all_want_the_same_time(listing)
    refused = [result for result in results if isinstance(result, NotFreeThen | TimeTaken)]
    assert len(refused) == RIVALS - 1
    assert Booking.objects.count() == TakenTime.objects.count() == 1


def test_control_without_the_exclusion_several_get_it(listing):
    with time_promised_twice():
        all_want_the_same_time(listing)
        assert Booking.objects.count() > 1
        empty("bookings_booking", "listings_takentime")


def clicks(client, listing, keys: list) -> list:
    a_week(listing.companion)
    asked = {"by": client, "listing": listing, "minutes": 30, "starts_at": on_the_half_hour()}
    return at_once(*[partial(services.order, **asked, request_key=key) for key in keys])


def test_clicks_on_one_form_are_one_appointment(client_user, listing):
    results = clicks(client_user, listing, [uuid4()] * 4)
    assert failures(results) == []
    assert {booking.pk for booking in results} == {Booking.objects.get().pk}


def test_control_forms_of_their_own_stand_in_each_others_way(client_user, listing):
    assert len(failures(clicks(client_user, listing, [uuid4() for _ in range(4)]))) == 3
