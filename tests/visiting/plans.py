"""Hospital visits with what was planned for them."""

from uuid import uuid4

from accounts.models import User
from bookings import services as bookings
from bookings.models import Booking
from listings.models import Listing
from tests.orders import on_the_half_hour, pay
from tests.papers import identify
from tests.visits import code, due_in, enter
from visits import services
from visits.services import Needs, Plan

NEEDS = Needs("皮肤科", "陈阿姨", "138 0013 8000", "对青霉素过敏，走不快。", ("queue", "wheelchair"))


def a_plan(**changes) -> Plan:
    return Plan(
        **{"patient": "parent", "meeting_point": "门诊大厅 1 号门", "needs": NEEDS, "consents": True, **changes}
    )


def planned(client: User, listing: Listing, plan: Plan | None = None, **asked) -> Booking:
    """Ordered, not paid."""
    if not client.identity_checks.exists():
        identify(client)
    told = {"minutes": listing.lengths[0], "starts_at": on_the_half_hour(), "request_key": uuid4()}
    return services.order_visit(
        by=client, listing=listing, plan=plan or a_plan(), **{"place": listing.place, **told, **asked}
    )


def agreed(client: User, listing: Listing, plan: Plan | None = None) -> Booking:
    booking = pay(planned(client, listing, plan))
    return bookings.accept(booking=booking, by=booking.companion)


def together(client: User, listing: Listing, plan: Plan | None = None) -> Booking:
    booking = due_in(agreed(client, listing, plan), 5)
    return enter(booking, code(booking))
