"""What the chat does when a booking moves or a person leaves. Inside the sender's transaction, so short."""

from typing import Any
from uuid import UUID

from django.contrib.auth.signals import user_logged_out
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from bookings.models import Booking, Step
from bookings.signals import booking_stepped, booking_touched, chat_opened
from chat.services import conversations, evidence, fanout
from payments.services import Evidence
from payments.signals import evidence_asked


@receiver(booking_stepped)
def tell_the_two(booking: Booking, step: Step, **_: Any) -> None:
    conversation = conversations.follow(booking=booking, step=step)
    fanout.booking_moved(booking=booking, conversation=conversation)


@receiver(chat_opened)
def open_the_chat(booking: Booking, **_: Any) -> None:
    conversation = conversations.begin(booking=booking)
    fanout.booking_moved(booking=booking, conversation=conversation)


@receiver(booking_touched)
def tell_what_changed(booking: Booking, **_: Any) -> None:
    fanout.booking_moved(booking=booking, conversation=conversations.of(booking))


@receiver(evidence_asked)
def say_how_much_was_written(ref: UUID, **_: Any) -> list[Evidence]:
    return evidence.of_talk(ref)


@receiver(user_logged_out)
def part_with_the_session(request: HttpRequest | None, user: User | None, **_: Any) -> None:
    if request and user:
        fanout.signed_out(user_id=user.pk, session_key=request.session.session_key)


@receiver(post_save, sender=User)
def part_with_the_suspended(instance: User, created: bool, **_: Any) -> None:
    if not created and not instance.is_active:
        fanout.signed_out(user_id=instance.pk)
