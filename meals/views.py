from typing import Any

from bookings.models import Booking
from bookings.views.planning import PlanPage, planning
from listings.models import Listing
from meals import services
from meals.forms import MealForm


def _order(*, form: MealForm, **asked: Any) -> Booking:
    return services.order_meal(plan=form.plan(), **asked)


def _begin_with(listing: Listing) -> dict[str, str]:
    return {"district": listing.district}


plan = planning(
    PlanPage(name="meals:plan", form=MealForm, template="meals/plan.html", order=_order, initial=_begin_with)
)
