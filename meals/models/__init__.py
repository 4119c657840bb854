from meals.models.plan import MOST_TASTES, TASTE_LENGTH, MealPaidBy, MealPlan

__all__ = ["MOST_TASTES", "TASTE_LENGTH", "MealPaidBy", "MealPlan"]
