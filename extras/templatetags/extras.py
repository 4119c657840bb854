"""What a booking's page and its bill show of what was laid out."""

from typing import Any

from django import template

from bookings.models import Booking
from extras import pages

register = template.Library()


@register.simple_tag(takes_context=True)
def extras_of(context: template.Context, booking: Booking) -> dict[str, Any] | None:
    """As one of the two sees it; None of a booking that has none and can have none."""
    return pages.extras_part(booking, context["user"])


@register.simple_tag(takes_context=True)
def billed_extras_of(context: template.Context, booking: Booking) -> dict[str, Any] | None:
    return pages.billed_extras(booking, context["user"])
