"""From Django to the open sockets: a hint over Redis after commit. A lost hint costs half a minute at most, never a
message: each process compares what its pages have with the log every 30 seconds (chat/live/hub.py)."""

import hashlib
import json
import logging
from collections.abc import Sequence
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import redis
from django.conf import settings
from django.db import connection, transaction
from redis.backoff import NoBackoff
from redis.retry import Retry

from accounts.models import User
from bookings.models import Booking
from chat.models import Conversation, Message

log = logging.getLogger(__name__)
HINT_TIMEOUT_S = 2


def channel_of(user_id: int) -> str:
    """Of this site alone: on Redis all databases hear all channels, so the number of ours is in the name."""
    return f"{_database(settings.REDIS_URL)}:u:{user_id}"


@cache
def _database(url: str) -> str:
    return urlsplit(url).path.strip("/") or "0"


def user_of(channel: str) -> int:
    return int(channel.rpartition(":")[2])


def mark_of(session_key: str) -> str:
    """What a session is called on Redis; the key itself would let anybody in who reads it there."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:32]


def line_written(*, conversation: Conversation, message: Message) -> None:
    """Sends a finished message frame to both members."""
    frame = {
        "t": "msg",
        "conv": message.conversation_id,
        "seq": message.seq,
        "from": message.sender_id,
        "cmid": None,
        "kind": message.kind,
        "body": message.body,
        "at": message.at_ms,
    }
    _publish_on_commit([conversation.client_id, conversation.companion_id], frame)


def booking_moved(*, booking: Booking, conversation: Conversation | None) -> None:
    """Sends what the pages need to run the meter by themselves, to both who may see the booking."""
    frame = {"t": "booking", "conv": conversation.pk if conversation else None, "booking": snapshot(booking.pk)}
    paid = Booking.objects.visible_to(User(pk=booking.companion_id)).filter(pk=booking.pk).exists()
    _publish_on_commit([booking.client_id, booking.companion_id] if paid else [booking.client_id], frame)


def signed_out(*, user_id: int, session_key: str | None = None) -> None:
    """Closes the sockets of this session, or without one all of the user's: he may not use the site any more."""
    frame = {"t": "bye", "session": mark_of(session_key) if session_key else None}
    _publish_on_commit([user_id], frame)


def snapshot(booking_id: UUID) -> dict[str, Any]:
    """The booking as both pages' meters need it; see bookings_snapshot in bookings/sql/turns.sql."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT bookings_snapshot(%s)::text", [booking_id])
        return json.loads(cursor.fetchone()[0])


def _publish_on_commit(user_ids: Sequence[int], frame: dict[str, Any]) -> None:
    text = json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
    transaction.on_commit(lambda: _publish(user_ids, text), robust=True)


def _publish(user_ids: Sequence[int], text: str) -> None:
    try:
        for user_id in user_ids:
            _redis().publish(channel_of(user_id), text)
    except redis.RedisError as error:
        log.warning("no hint to %s: %s", user_ids, error)


@cache
def _redis() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=HINT_TIMEOUT_S,
        socket_connect_timeout=HINT_TIMEOUT_S,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 1),
    )
