from django.db import transaction

from accounts.models import User
from bookings.models import RUNNING, Booking, State
from bookings.signals import booking_touched
from common.clock import database_now_ms
from safety.errors import NotTogether
from safety.models import Directions


@transaction.atomic
def leave_directions(*, booking: Booking, by: User, text: str) -> None:
    """Where `by` is to be found, for the other; the latest text stays, an empty one takes it back.

    Raises NotTogether before the meeting is agreed and when it is over.
    """
    if booking.online or booking.state not in (State.ACCEPTED, *RUNNING):
        raise NotTogether
    if text:
        said = {"text": text, "at_ms": database_now_ms()}
        Directions.objects.update_or_create(booking=booking, user=by, defaults=said)
    else:
        Directions.objects.filter(booking=booking, user=by).delete()
    booking_touched.send(Booking, booking=booking)
