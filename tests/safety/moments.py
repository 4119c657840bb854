"""Meetings that are over, at a moment one knows."""

from bookings import services as bookings
from bookings.models import Booking
from safety.services.moments import LINK_LIFE_MS
from tests.orders import MINUTE, settle

SECOND = 1000
HOUR = 60 * MINUTE


def ended(booking: Booking) -> Booking:
    """He ended it."""
    return settle(bookings.end(booking=booking, by=booking.client))


def run_out(booking: Booking) -> Booking:
    """Nobody ended it: its paid time was over, and it is settled."""
    return settle(booking, now_ms=booking.deadline_ms)


def life_of(booking: Booking) -> int:
    """When its links die."""
    return booking.ended_ms + LINK_LIFE_MS
