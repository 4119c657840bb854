from django.db import transaction

from accounts.models import User
from bookings.models import RUNNING, Booking, State, Step
from bookings.signals import booking_touched
from common.clock import database_now_ms
from safety.errors import NotTogether
from safety.models import Alarm, Directions

TO_BE_FOUND = (State.ACCEPTED, *RUNNING)
# Not when time alone ended it: somebody may have to be looked for.
CLOSED_BY_THEM = (State.CANCELLED, State.NO_SHOW, State.ENDED)


@transaction.atomic
def leave_directions(*, booking: Booking, by: User, text: str) -> None:
    """Where `by` is to be found, for the other; the latest text stays, an empty one takes it back.

    Raises NotTogether before the meeting is agreed and when it is over.
    """
    if booking.online or booking.state not in TO_BE_FOUND:
        raise NotTogether
    if text:
        said = {"text": text, "at_ms": database_now_ms()}
        Directions.objects.update_or_create(booking=booking, user=by, defaults=said)
    else:
        Directions.objects.filter(booking=booking, user=by).delete()
    booking_touched.send(Booking, booking=booking)


def forget_directions(*, booking: Booking, step: Step) -> None:
    """With the step that closes it nobody is to be found any more, unless one of them asked for help: then nothing
    that the other does takes away from what those who look for him can read."""
    if step.state in CLOSED_BY_THEM and not Alarm.objects.filter(booking=booking).exists():
        Directions.objects.filter(booking=booking).delete()
