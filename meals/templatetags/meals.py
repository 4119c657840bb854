"""What a booking's page and the list of requests show of a meal."""

from collections.abc import Sequence

from django import template
from django.db.models import prefetch_related_objects

from bookings.models import Booking
from meals.models import MealPlan
from meals.services import plan_of

register = template.Library()


@register.simple_tag
def meal_of(booking: Booking) -> MealPlan | None:
    """None of an order that is no meal."""
    return plan_of(booking)


@register.simple_tag
def read_meal_plans(bookings: Sequence[Booking]) -> str:
    """Each has its `meal_plan` from here on, if it is a meal; one query for all of them."""
    prefetch_related_objects([booking for booking in bookings if not booking.online], "meal_plan")
    return ""
