"""What parties does when a booking moves, or two people part. In the sender's transaction, so short."""

from typing import Any

from django.dispatch import receiver

from accounts.models import Block, User
from accounts.signals import user_blocked
from bookings.models import Booking, Step
from bookings.signals import booking_stepped
from parties import services


@receiver(booking_stepped)
def guests_hear_of_it(sender: type[Step], booking: Booking, step: Step, **_: Any) -> None:
    services.tell_guests(booking=booking, step=step)


@receiver(user_blocked)
def not_at_one_table(sender: type[Block], blocker: User, blocked: User, **_: Any) -> None:
    services.part_company(by=blocker, other=blocked)
