"""What parties does when a booking moves, or two people part. In the sender's transaction, so short."""

from typing import Any

from django.db.models import QuerySet
from django.dispatch import receiver

from accounts.models import User
from bookings.models import Booking, Step
from bookings.signals import booking_stepped, parted, parting
from parties import services


@receiver(booking_stepped)
def guests_hear_of_it(sender: type[Step], booking: Booking, step: Step, **_: Any) -> None:
    services.tell_guests(booking=booking, step=step)


@receiver(parting)
def where_they_would_meet(by: User, other: User, **_: Any) -> QuerySet[Booking]:
    return services.tables_of(one=by, other=other)


@receiver(parted)
def not_at_one_table(by: User, other: User, **_: Any) -> None:
    services.unseat(one=by, other=other)
