"""What a booking's page and the page behind a shared link show of a visit."""

from typing import Any

from django import template

from bookings.models import Booking
from visits import pages, services

register = template.Library()


@register.simple_tag(takes_context=True)
def visit_of(context: template.Context, booking: Booking) -> dict[str, Any] | None:
    """As one of the two sees it; None of a booking that is no visit."""
    return pages.visit_part(booking, context["user"])


@register.simple_tag
def stages_for_family(booking: Booking) -> dict[str, Any] | None:
    """How far the two are, and nothing else; None where no stages are noted."""
    return pages.stages_part(booking) if services.has_stages(booking) else None
