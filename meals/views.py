from typing import Any

from bookings.models import Booking
from bookings.views.planning import PlanPage, planning
from meals import services
from meals.forms import MealForm


def _order(*, form: MealForm, **asked: Any) -> Booking:
    return services.order_meal(plan=form.plan(), **asked)


plan = planning(PlanPage(name="meals:plan", form=MealForm, template="meals/plan.html", order=_order))
