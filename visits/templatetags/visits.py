"""What a booking's page, the list of requests and the page behind a shared link show of a visit."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.db.models import Prefetch, prefetch_related_objects

from bookings.models import Booking
from visits import pages, services
from visits.models import VisitPlan

register = template.Library()


@register.simple_tag(takes_context=True)
def visit_of(context: template.Context, booking: Booking) -> dict[str, Any] | None:
    """As one of the two sees it; None of a booking that is no visit."""
    return pages.visit_part(booking, context["user"])


@register.simple_tag
def read_visit_plans(bookings: Sequence[Booking]) -> str:
    """Each has its `visit_plan` from here on, if it is a visit; one query for all of them, and nothing of health."""
    plans = Prefetch("visit_plan", VisitPlan.objects.only("patient", "meeting_point"))
    prefetch_related_objects([booking for booking in bookings if not booking.online], plans)
    return ""


@register.simple_tag
def stages_for_family(booking: Booking) -> dict[str, Any] | None:
    """How far the two are, and nothing else; None where no stages are noted."""
    return pages.stages_part(booking) if services.has_stages(booking) else None
