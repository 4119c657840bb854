"""What is written and read in a talk, without its socket."""

from uuid import uuid4

from django.db.models import F

from accounts.models import User
from bookings.models import Booking
from chat.models import Conversation, Message
from common.clock import database_now_ms
from notices import services


def talk_of(booking: Booking) -> Conversation:
    return Conversation.objects.get(client=booking.client_id, companion=booking.companion_id)


def says(talk: Conversation, sender: User | int, *, ms_ago: int = 20_000) -> Message:
    """Somebody wrote a message so long ago."""
    Conversation.objects.filter(pk=talk.pk).update(last_seq=F("last_seq") + 1)
    talk.refresh_from_db()
    return Message.objects.create(
        conversation=talk,
        seq=talk.last_seq,
        sender_id=getattr(sender, "pk", sender),
        cmid=uuid4(),
        kind="text",
        sealed=b"sealed",
        booking_id=talk.booking_id,
        at_ms=database_now_ms() - ms_ago,
    )


def reads(talk: Conversation, reader: User | int) -> None:
    """He has seen all that there is."""
    side = "client" if getattr(reader, "pk", reader) == talk.client_id else "companion"
    Conversation.objects.filter(pk=talk.pk).update(**{f"{side}_recv": F("last_seq"), f"{side}_read": F("last_seq")})


def look(now_ms: int | None = None) -> None:
    """One tick."""
    services.write_notices(now_ms=now_ms)
    services.tell_due(now_ms=now_ms)
