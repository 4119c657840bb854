"""What the companion hands over: what was said and given at the visit, for who was not in the room."""

from django.db import transaction

from accounts.models import User
from bookings.errors import NotPossibleNow
from bookings.models import FINISHED, RUNNING, Booking
from bookings.services import are_parted
from bookings.services.locking import locked
from bookings.signals import booking_touched
from common.sealing import seal
from visits.errors import NothingKept, TooLateToPlan
from visits.models import VisitPlan


@transaction.atomic
def write_handover(*, booking: Booking, by: User, words: str) -> None:
    """The companion's notes as they are now; empty ones take them away.

    Raises TooLateToPlan before the visit began, NothingKept without the client's consent or after all was erased, and
    NotPossibleNow when the two have parted for good.
    """
    booking = locked(booking)
    if by.pk != booking.companion_id or booking.state not in (*RUNNING, *FINISHED):
        raise TooLateToPlan
    if are_parted(booking):
        raise NotPossibleNow
    plan = VisitPlan.objects.select_for_update(of=("self",)).select_related("consent").get(booking=booking)
    if plan.consent is None or plan.consent.withdrawn_at or plan.erased_at:
        raise NothingKept
    plan.handover = seal(words.encode()) if words else None
    plan.save(update_fields=["handover"])
    booking_touched.send(Booking, booking=booking)
