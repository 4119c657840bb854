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


def said_much(talk: Conversation, by: User, count: int) -> int:
    """So many lines at once, named by their numbers; returns the number of the last."""
    talk.refresh_from_db(fields=["last_seq", "booking"])
    at_ms, numbers = database_now_ms(), range(talk.last_seq + 1, talk.last_seq + count + 1)
    cmids = {seq: uuid4() for seq in numbers}
    line = {"conversation": talk, "kind": "text", "sender": by, "booking_id": talk.booking_id, "at_ms": at_ms}
    sealed = {seq: seal_text(f"第 {seq} 句", talk.pk, cmid) for seq, cmid in cmids.items()}
    Message.objects.bulk_create(Message(**line, seq=seq, cmid=cmids[seq], sealed=sealed[seq]) for seq in numbers)
    Conversation.objects.filter(pk=talk.pk).update(last_seq=numbers[-1])
    return numbers[-1]
