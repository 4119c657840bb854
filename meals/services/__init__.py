"""What other apps may ask of meals."""

from meals.services.planning import Plan, order_meal, plan_of

__all__ = ["Plan", "order_meal", "plan_of"]
