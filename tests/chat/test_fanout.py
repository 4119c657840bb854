"""What a step costs to tell."""

import pytest

from bookings.models import Booking
from chat.services import fanout
from chat.services.fanout import channel_of, user_of
from tests.orders import ordered, requested

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(monkeypatch) -> list[int]:
    told: list[int] = []
    monkeypatch.setattr(fanout, "_publish", lambda user_ids, text: told.extend(user_ids))
    return told


def tell(booking: Booking, told: list[int], capture) -> list[int]:
    told.clear()
    with capture(execute=True):
        fanout.booking_moved(booking=Booking.objects.get(pk=booking.pk), conversation=None)
    return told


def test_a_companion_hears_of_a_booking_once_it_is_paid(
    client_user, listing, other_client, told, django_capture_on_commit_callbacks
):
    unpaid, paid = ordered(client_user, listing), requested(other_client, listing)
    assert tell(unpaid, told, django_capture_on_commit_callbacks) == [unpaid.client_id]
    assert tell(paid, told, django_capture_on_commit_callbacks) == [paid.client_id, paid.companion_id]


def test_telling_asks_once_who_may_see_and_once_where_it_stands(client_user, listing, django_assert_num_queries):
    booking = Booking.objects.get(pk=requested(client_user, listing).pk)
    with django_assert_num_queries(2):
        fanout.booking_moved(booking=booking, conversation=None)


def test_two_sites_on_one_redis_do_not_hear_each_other(settings):
    """Pub/sub knows no database numbers."""
    ours = channel_of(7)
    settings.REDIS_URL = settings.REDIS_URL.rpartition("/")[0] + "/15"
    assert channel_of(7) != ours
    assert user_of(channel_of(7)) == user_of(ours) == 7
