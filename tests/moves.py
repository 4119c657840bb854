"""Appointments for which another start is proposed."""

from datetime import datetime, timedelta
from uuid import uuid4

from accounts.models import User
from bookings import services
from bookings.models import Booking, Move


def later(booking: Booking, hours: float = 24) -> datetime:
    return booking.starts_at + timedelta(hours=hours)


def proposed(booking: Booking, by: User, starts_at: datetime | None = None) -> Move:
    """By default a day later."""
    return services.propose_move(booking=booking, by=by, starts_at=starts_at or later(booking), request_key=uuid4())


def moved(booking: Booking, by: User, starts_at: datetime | None = None) -> Booking:
    """Proposed by one of the two, and agreed to by the other."""
    move = proposed(booking, by, starts_at)
    return services.agree_to_move(move=move, by=booking.other(by))
