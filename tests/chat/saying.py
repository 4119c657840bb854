"""What was said, written straight into the log."""

from typing import Any
from uuid import uuid4

from accounts.models import User
from chat.models import Conversation, Message
from chat.sealing import seal_text
from common.clock import database_now_ms


def said(talk: Conversation, by: User | None, words: str | None, *, at_ms: int | None = None, **fields: Any) -> int:
    """Returns the number of the line."""
    talk.refresh_from_db(fields=["last_seq", "booking"])
    seq, cmid = talk.last_seq + 1, uuid4() if by else None
    sealed = None if words is None else seal_text(words, talk.pk, cmid)
    line = {"kind": "text", "sender": by, "cmid": cmid, "sealed": sealed, "booking_id": talk.booking_id, **fields}
    Message.objects.create(conversation=talk, seq=seq, at_ms=at_ms or database_now_ms(), **line)
    Conversation.objects.filter(pk=talk.pk).update(last_seq=seq)
    return seq
