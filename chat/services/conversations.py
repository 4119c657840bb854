"""The conversation of two people, as bookings and pages see it. The socket's own path is in chat/live/."""

import json

from django.db.models import F

from bookings.models import Booking, State, Step
from chat.models import Conversation, Message
from chat.services import fanout

CHAT_BEGINS = {State.ACCEPTED}
CHAT_ENDS = {State.ENDED, State.EXHAUSTED, State.SETTLED, State.CANCELLED, State.NO_SHOW}
TOLD_IN_CHAT = {State.ACCEPTED, State.LIVE, State.PAUSED} | CHAT_ENDS


def follow(*, booking: Booking, step: Step) -> Conversation | None:
    """Opens or closes the gate for the booking's step and writes it into the talk; None before there is a chat."""
    state = State(step.state)
    if state in CHAT_BEGINS:
        _open(booking)
    conversation = Conversation.objects.filter(client=booking.client_id, companion=booking.companion_id).first()
    if conversation is None or conversation.booking_id != booking.pk:
        return None
    if state in CHAT_ENDS:
        Conversation.objects.filter(pk=conversation.pk).update(gate=False)
    if state in TOLD_IN_CHAT:
        _write_system_line(conversation, step)
    return conversation


def _open(booking: Booking) -> None:
    pair = {"client_id": booking.client_id, "companion_id": booking.companion_id}
    Conversation.objects.bulk_create([Conversation(**pair, booking=booking)], ignore_conflicts=True)
    Conversation.objects.filter(**pair).update(booking=booking, gate=True)


def _write_system_line(conversation: Conversation, step: Step) -> None:
    # The update takes the conversation's lock, so the number read back is this line's own.
    Conversation.objects.filter(pk=conversation.pk).update(last_seq=F("last_seq") + 1)
    conversation.refresh_from_db(fields=["last_seq"])
    body = {"event": step.state, "reason": step.pause_reason}
    line = Message.objects.create(
        conversation=conversation,
        seq=conversation.last_seq,
        kind=Message.Kind.SYSTEM,
        body=json.dumps(body),
        booking_id=step.booking_id,
        at_ms=step.at_ms,
    )
    fanout.line_written(conversation=conversation, message=line)
