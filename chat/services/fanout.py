"""From Django to the open sockets: a hint over Redis after commit. A lost hint costs a moment, never a message."""

import json
import logging
from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

import redis
from django.conf import settings
from django.db import connection, transaction

from accounts.models import User
from bookings.models import Booking
from chat.models import Conversation, Message

log = logging.getLogger(__name__)
HINT_TIMEOUT_S = 2


def channel_of(user_id: int) -> str:
    return f"u:{user_id}"


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
    both = User.objects.filter(pk__in=[booking.client_id, booking.companion_id])
    told = [user.pk for user in both if Booking.objects.visible_to(user).filter(pk=booking.pk).exists()]
    _publish_on_commit(told, frame)


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
    )
