"""A meal is ordered with its place: public, and agreed to with everything else."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.models import User
from bookings import services as bookings
from bookings.models import Booking, State
from bookings.services.locking import locked
from listings.kinds import KINDS
from listings.models import Listing
from meals.errors import NotPublic
from meals.models import MealPlan
from parties.services import Company, gather
from places.venues import is_public

PAGE = "meals:plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """See MealPlan; `company` is who comes along."""

    venue: str
    address: str
    district: str
    paid_by: str
    tastes: tuple[str, ...] = ()
    company: Company = Company()


@transaction.atomic
def order_meal(*, by: User, listing: Listing, plan: Plan, **asked: Any) -> Booking:
    """A booking that waits for its payment, with its place; the same form again is the same order, and changes the rest
    of the plan until that is paid: then its companion has read it.

    `asked` is what `bookings.services.order` takes. Raises what that does, NotPublic, and NoSeat when
    more have joined than are to come now.
    """
    if not is_public(plan.venue, plan.district, plan.address):
        raise NotPublic
    place = f"{listing.city} {plan.district} {plan.venue} · {plan.address}"
    company = plan.company
    ordered = bookings.order(by=by, listing=listing, place=place, shared_by=company.shared_by, **asked)
    booking = locked(ordered)
    gather(booking=booking, size=company.size)
    told = {name: getattr(plan, name) for name in ("venue", "address", "district", "paid_by")}
    manager = MealPlan.objects
    write = manager.update_or_create if booking.state == State.AWAITING_PAYMENT else manager.get_or_create
    write(booking=booking, defaults={**told, "tastes": list(plan.tastes)})
    return booking


def plan_of(booking: Booking) -> MealPlan | None:
    """None of an order that is no meal."""
    kind = KINDS.get(booking.terms.kind)
    if kind is None or kind.plan_page != PAGE:
        return None
    return MealPlan.objects.filter(booking=booking).first()
