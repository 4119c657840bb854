"""Meals with what was planned for them."""

from uuid import uuid4

from accounts.models import User
from bookings.models import Booking
from listings.models import Listing
from meals import services
from meals.services import Plan
from tests.orders import on_the_half_hour
from tests.papers import identify

TOLD = {"venue": "外婆家", "district": "徐汇区", "address": "淮海中路 999 号 5 楼", "paid_by": "client"}


def ordered(client: User, listing: Listing, *, starts_at=None, request_key=None, **changes) -> Booking:
    """Ordered, not paid."""
    if not client.identity_checks.exists():
        identify(client)
    asked = {"minutes": 60, "starts_at": starts_at or on_the_half_hour(), "request_key": request_key or uuid4()}
    plan = Plan(**{**TOLD, "tastes": ("清淡", "电影"), **changes})
    return services.order_meal(by=client, listing=listing, plan=plan, **asked)
