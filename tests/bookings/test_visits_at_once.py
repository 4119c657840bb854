"""A hundred people want the same morning: one gets it, ninety-nine hear why not, and nothing else goes wrong."""

from functools import partial
from uuid import uuid4

import pytest

from bookings import services
from bookings.models import Booking
from common.errors import UserError
from listings.models import TakenTime
from tests.cast import a_user
from tests.orders import on_the_half_hour
from tests.papers import identify
from tests.rules import empty, time_promised_twice
from tests.threads import at_once, failures
from tests.visits import a_place

pytestmark = pytest.mark.django_db(transaction=True)
MANY, SEVERAL = 100, 12


def all_want_the_same_morning(number: int) -> list:
    clinic, then = a_place("shen"), on_the_half_hour()
    clients = [a_user(f"rival{one}") for one in range(number)]
    for client in clients:
        identify(client)
    asked = {"listing": clinic, "minutes": 240, "starts_at": then}
    return at_once(*[partial(services.order, by=one, request_key=uuid4(), **asked) for one in clients])


def test_of_a_hundred_one_gets_it_and_ninety_nine_are_told():
    results = all_want_the_same_morning(MANY)
    refused = failures(results)
    assert [error for error in refused if not isinstance(error, UserError)] == []
    assert {error.code for error in refused} <= {"time_taken", "not_free_then"}
    assert (len(refused), Booking.objects.count(), TakenTime.objects.count()) == (MANY - 1, 1, 1)


def test_control_without_the_exclusion_several_get_it():
    with time_promised_twice():
        all_want_the_same_morning(SEVERAL)
        assert Booking.objects.count() > 1
        empty("bookings_booking", "listings_takentime")
