"""What a payer's bank is told of a talk: how much each wrote and when, never a word of it."""

from uuid import UUID

from django.db.models import Count, Max, Min

from bookings.models import Booking
from chat.models import Message
from common.clock import moment
from payments.services import Evidence


def of_talk(ref: UUID) -> list[Evidence]:
    """Nothing of what is no order, or where nobody wrote."""
    booking = Booking.objects.filter(pk=ref).first()
    if booking is None:
        return []
    two = {"conversation__client": booking.client_id, "conversation__companion": booking.companion_id}
    written = Message.objects.filter(**two, booking=ref, sender__isnull=False).order_by().values("sender")
    counted = written.annotate(number=Count("seq"), first=Min("at_ms"), last=Max("at_ms")).order_by("first")
    sides = {booking.client_id: "client", booking.companion_id: "companion"}
    lines = [
        f"Messages of the {sides[one['sender']]}: {one['number']}, the first at {_utc(one['first'])}, "
        f"the last at {_utc(one['last'])}."
        for one in counted
    ]
    return [Evidence("access_activity_log", "\n".join(lines))] if lines else []


def _utc(ms: int) -> str:
    return f"{moment(ms):%Y-%m-%d %H:%M:%S} UTC"
