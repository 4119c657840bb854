"""What the chat does when a booking moves: the gate, a system line, a word to both. Inside the sender's transaction."""

from typing import Any

from django.dispatch import receiver

from bookings.models import Booking, Step
from bookings.signals import booking_stepped
from chat.services import conversations, fanout


@receiver(booking_stepped)
def tell_the_two(booking: Booking, step: Step, **_: Any) -> None:
    conversation = conversations.follow(booking=booking, step=step)
    fanout.booking_moved(booking=booking, conversation=conversation)
