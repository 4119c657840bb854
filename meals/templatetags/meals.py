"""What a booking's page shows of a meal."""

from django import template

from bookings.models import Booking
from meals.models import MealPlan
from meals.services import plan_of

register = template.Library()


@register.simple_tag
def meal_of(booking: Booking) -> MealPlan | None:
    """None of an order that is no meal."""
    return plan_of(booking)
