"""What the benchmark's people do is what the product does."""

import pytest

from bench.meter import people
from bookings.models import Extension
from payments.services.books import check_books
from tests.orders import MINUTE, live

pytestmark = pytest.mark.django_db


def test_time_on_top_is_asked_for_paid_and_granted(client_user, listing):
    booking = live(client_user, listing)
    people.top_up(booking)
    booking.refresh_from_db()
    assert booking.granted_ms == (30 + people.MORE_MIN) * MINUTE
    assert list(booking.steps.filter(state="extended").values_list("minutes", flat=True)) == [people.MORE_MIN]
    assert booking.extensions.get().state == Extension.State.GRANTED
    assert check_books(with_stripe=False) == []
