"""What safety does when a booking moves, a letter leaves, or a moderator decides. In the sender's transaction."""

from typing import Any

from django.db.models import QuerySet
from django.dispatch import receiver

from accounts.models import Letter
from accounts.signals import letter_leaves, letters_for_others
from bookings.models import Booking, Step
from bookings.signals import booking_stepped, ticked_alone
from moderation.models import ReviewCase
from moderation.signals import case_deciding
from safety import services
from safety.errors import SayWhatWasDone
from safety.models import Notice, Outing


@receiver(booking_stepped)
def watch_over_the_two(sender: type[Step], booking: Booking, step: Step, **_: Any) -> None:
    services.follow(booking=booking, step=step)
    services.forget_directions(booking=booking, step=step)


@receiver(ticked_alone)
def look_without_celery(**_: Any) -> None:
    services.look()


@receiver(letter_leaves)
def to_somebody_trusted(sender: type[Letter], letter: Letter, **_: Any) -> str | None:
    return services.address_for(letter)


@receiver(letters_for_others)
def to_those_trusted(sender: type[Letter], **_: Any) -> QuerySet[Notice, int]:
    return services.ids_of_letters()


@receiver(case_deciding)
def decided_with_a_word(sender: type[ReviewCase], case: ReviewCase, reason: str, **_: Any) -> None:
    """Nobody decides without saying what was done."""
    if isinstance(case.target, Outing) and not reason:
        raise SayWhatWasDone
