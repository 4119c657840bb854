"""What a booking's page, the list of requests and one's own bookings show of who comes along."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.db.models import QuerySet, prefetch_related_objects

from accounts.models import User
from bookings.models import Booking
from parties.models import Guest
from parties.pages import newcomers, party_part
from parties.services import seats_of as booked_for

register = template.Library()


@register.simple_tag
def party_of(booking: Booking, user: User) -> dict[str, Any] | None:
    """None of an order for one."""
    return None if booking.online else party_part(booking, user)


@register.simple_tag
def read_parties(bookings: Sequence[Booking]) -> str:
    """Each has its `party` with its guests from here on, if it has one; two queries for all of them."""
    prefetch_related_objects([booking for booking in bookings if not booking.online], "party__guests__user")
    return ""


@register.simple_tag
def seats_of(user: User) -> QuerySet[Booking]:
    """The orders of others at which the user has a seat and that are not over."""
    return booked_for(user)


@register.simple_tag
def newcomers_of(user: User, now_ms: int) -> list[Guest]:
    """Who came along to an order that this companion had accepted: see `parties.pages.newcomers`."""
    return list(newcomers(user, now_ms))
