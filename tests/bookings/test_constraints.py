"""Where a rule of the database has an edge. That each rule is there, and refuses: test_every_rule.py."""

import pytest
from django.db import DatabaseError, transaction

from bookings import services
from bookings.models import Booking, Segment, Terms
from tests.orders import MINUTE, live, ordered

pytestmark = pytest.mark.django_db


def test_terms_never_change(client_user, listing):
    ordered(client_user, listing)
    with pytest.raises(DatabaseError, match="terms are final"), transaction.atomic():
        Terms.objects.update(price_fen=1)


def test_a_companion_does_not_live_the_same_moment_twice(client_user, other_client, listing):
    first = services.end(booking=live(client_user, listing), by=client_user)
    second = live(other_client, listing)
    segment(first, 0, MINUTE)
    segment(second, MINUTE, 2 * MINUTE)
    with pytest.raises(DatabaseError, match="segment_no_overlap"), transaction.atomic():
        segment(second, MINUTE - 1, 3 * MINUTE)


def segment(booking: Booking, start: int, end: int) -> None:
    Segment.objects.create(
        booking=booking, companion=booking.companion, start_ms=start, end_ms=end, stop_reason="deadline"
    )
