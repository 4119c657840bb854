"""What safety does when a booking moves or a letter leaves. In the sender's transaction."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.dispatch import receiver

from accounts.models import Letter
from accounts.signals import letter_leaves, letters_for_others
from bookings.models import Booking, Step
from bookings.signals import booking_stepped, ticked_alone
from payments.signals import payouts_asked
from safety import services
from safety.models import Notice


@receiver(booking_stepped)
def watch_over_the_two(sender: type[Step], booking: Booking, step: Step, **_: Any) -> None:
    services.follow(booking=booking, step=step)
    services.forget_directions(booking=booking, step=step)


@receiver(payouts_asked)
def not_while_a_meeting_is_looked_at(refs: Collection[UUID], **_: Any) -> set[UUID]:
    return services.under_review(refs)


@receiver(ticked_alone)
def look_without_celery(**_: Any) -> None:
    services.look()


@receiver(letter_leaves)
def to_somebody_trusted(sender: type[Letter], letter: Letter, **_: Any) -> str | None:
    return services.address_for(letter)


@receiver(letters_for_others)
def to_those_trusted(sender: type[Letter], **_: Any) -> QuerySet[Notice, int]:
    return services.ids_of_letters()
