"""The page of one who asks for help: whom to call, and who was told when."""

from typing import Any

from accounts.models import User
from bookings.models import Booking
from common.clock import moment
from safety.models import Alarm
from safety.pages.meeting import people


def alarm_page(booking: Booking, user: User) -> dict[str, Any]:
    """`calls`: each call for help of `user`, newest first: `at`, whether his position is kept, and the letters."""
    mine = Alarm.objects.filter(booking=booking, user=user).order_by("-at_ms")
    calls = [
        {"at": moment(alarm.at_ms), "has_place": hasattr(alarm, "position"), "told": list(alarm.notices.all())}
        for alarm in mine.select_related("position").prefetch_related("notices__letter")
    ]
    return {"booking": booking, **people(booking, user), "calls": calls}
