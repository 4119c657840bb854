"""The conversation of two people, as bookings and pages see it. The socket's own path is in chat/live/."""

import json
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from bookings.models import (
    EXTENDED,
    EXTENSION_ASKED,
    MOVE_STEPS,
    MOVED,
    NOT_EXTENDED,
    RUNNING,
    TOGETHER,
    Booking,
    Move,
    State,
    Step,
)
from chat.models import Conversation, Message
from chat.services import fanout
from common.clock import database_now_ms

CHAT_BEGINS = {State.REQUESTED, State.ACCEPTED}
CHAT_ENDS = {
    State.ENDED,
    State.EXHAUSTED,
    State.SETTLED,
    State.CANCELLED,
    State.NO_SHOW,
    State.DECLINED,
    State.EXPIRED,
}
OPENED = "opened"
TOLD_IN_CHAT = {
    State.REQUESTED,
    State.ACCEPTED,
    State.LIVE,
    State.PAUSED,
    EXTENDED,
    EXTENSION_ASKED,
    NOT_EXTENDED,
    *MOVE_STEPS,
} | CHAT_ENDS


def follow(*, booking: Booking, step: Step) -> Conversation | None:
    """Opens or closes the gate for the booking's step and writes it into the talk; None before there is a chat."""
    state = step.state
    if state in CHAT_BEGINS and _opens_now(booking, state):
        _open(booking)
    conversation = of(booking)
    if conversation is None:
        return None
    ends = state in CHAT_ENDS or _closes_again(booking, step)
    if ends:
        Conversation.objects.filter(pk=conversation.pk).update(gate=False)
    if state in TOLD_IN_CHAT:
        _write_system_line(conversation, step.booking_id, step.state, step.at_ms, **_details(booking, step))
    if ends:
        _go_on_with_the_next(booking)
    return conversation


def _closes_again(booking: Booking, step: Step) -> bool:
    """Its chat had been opened for a start that is over."""
    return step.state == MOVED and booking.online and not booking.chat_is_open


def _details(booking: Booking, step: Step) -> dict[str, Any]:
    """What its line says besides what happened."""
    if step.move:
        return {"reason": _proposed_by(booking, step.move), "starts_ms": step.move.to_ms}
    return {"reason": step.pause_reason or _way_out(booking), "minutes": step.minutes}


def _proposed_by(booking: Booking, move: Move) -> str:
    return "client" if move.proposed_by_id == booking.client_id else "companion"


def _way_out(booking: Booking) -> str | None:
    """Whom a no-show is laid to, unless it is the companion, and whether a part of the money stays with her."""
    words = ["kept"] if booking.kept_fen else []
    if booking.state == State.NO_SHOW and booking.missed_by_id != booking.companion_id:
        words.insert(0, "client" if booking.missed_by_id else "nobody")
    return "_".join(words) or None


@transaction.atomic
def begin(*, booking: Booking) -> Conversation | None:
    """Opens the chat of an appointment, unless the two still talk within another booking: then that one's end does."""
    conversation = _locked(booking)
    if conversation and _holds(conversation.booking, booking):
        if conversation.booking_id != booking.pk:
            return None
        if conversation.gate:
            return conversation
    return _begin(booking)


def of(booking: Booking) -> Conversation | None:
    """The talk of the two, while it belongs to this booking."""
    conversation = _of_the_two(booking)
    return conversation if conversation and conversation.booking_id == booking.pk else None


def tell(*, booking: Booking, event: str, reason: str, minutes: int, at_ms: int) -> None:
    """Writes into the talk what an app above has to say of the booking; nothing while the talk is another booking's."""
    if conversation := of(booking):
        _write_system_line(conversation, booking.pk, event, at_ms, reason, minutes=minutes)


def _opens_now(booking: Booking, state: str) -> bool:
    """Of an order for now with the acceptance; of two who meet in person with the request, for they have to arrange
    where."""
    if booking.online:
        return booking.now and state == State.ACCEPTED
    conversation = _locked(booking)
    return conversation is None or not _holds(conversation.booking, booking)


def _holds(held: Booking, booking: Booking) -> bool:
    """Does the talk stay with the booking it belongs to? What is only being arranged makes way for a paid chat."""
    if held.pk != booking.pk and booking.online and not held.online:
        return held.state in RUNNING
    return held.state in TOGETHER


def _go_on_with_the_next(booking: Booking) -> None:
    """The two have another appointment whose chat should be open by now."""
    near = database_now_ms() + settings.CHAT_EARLY_MS
    pair = {"client": booking.client_id, "companion": booking.companion_id}
    near_or_arranged = Q(starts_ms__lte=near) | Q(online=False)
    waiting = Booking.objects.filter(near_or_arranged, **pair, state=State.ACCEPTED, now=False)
    if following := waiting.order_by("-online", "starts_ms").first():
        _begin(following)


def _begin(booking: Booking) -> Conversation:
    conversation = _open(booking)
    _write_system_line(conversation, booking.pk, OPENED, database_now_ms())
    return conversation


def _locked(booking: Booking) -> Conversation | None:
    """The talk of the two, read once it is locked: the end of its booking, which looks for the next one, holds it too.

    Without the lock each could leave the opening to the other.
    """
    conversation = _of_the_two(booking)
    if conversation is None:
        return None
    Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
    return _of_the_two(booking)


def _of_the_two(booking: Booking) -> Conversation | None:
    pair = {"client": booking.client_id, "companion": booking.companion_id}
    return Conversation.objects.select_related("booking").filter(**pair).first()


def _open(booking: Booking) -> Conversation:
    pair = {"client_id": booking.client_id, "companion_id": booking.companion_id}
    Conversation.objects.bulk_create([Conversation(**pair, booking=booking)], ignore_conflicts=True)
    Conversation.objects.filter(**pair).update(booking=booking, gate=True)
    return Conversation.objects.get(**pair)


def _write_system_line(
    conversation: Conversation,
    booking_id: UUID,
    event: str,
    at_ms: int,
    reason: str | None = None,
    **numbers: int | None,
) -> None:
    # The update takes the conversation's lock, so the number read back is this line's own.
    Conversation.objects.filter(pk=conversation.pk).update(last_seq=F("last_seq") + 1)
    conversation.refresh_from_db(fields=["last_seq"])
    line = Message.objects.create(
        conversation=conversation,
        seq=conversation.last_seq,
        kind=Message.Kind.SYSTEM,
        body=json.dumps(
            {"event": event, "reason": reason} | {name: number for name, number in numbers.items() if number}
        ),
        booking_id=booking_id,
        at_ms=at_ms,
    )
    fanout.line_written(conversation=conversation, message=line)
