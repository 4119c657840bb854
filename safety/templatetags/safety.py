"""What the pages of a booking show of safety."""

from typing import Any

from django import template

from accounts.models import User
from bookings.models import Booking
from safety.pages import meeting_page

register = template.Library()


@register.simple_tag
def safety_of(booking: Booking, user: User) -> dict[str, Any] | None:
    """See `safety.pages.meeting_page`; None where two do not meet in person."""
    return meeting_page(booking, user)
