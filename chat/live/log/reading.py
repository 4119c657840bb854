"""Reading: nothing of what is not the user's, nothing at all while he is suspended."""

import json
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

import asyncpg

from chat.live.wire import message_frame

AFTER = """
SELECT m.seq, m.sender_id, m.cmid, m.kind, m.body, m.sealed, m.at_ms, a.id AS picture, a.width, a.height
  FROM chat_message m JOIN chat_conversation c ON c.id = m.conversation_id
  LEFT JOIN chat_attachment a ON a.id = m.attachment_id
 WHERE m.conversation_id = $1 AND m.seq > $2 AND $4 IN (c.client_id, c.companion_id)
   AND (SELECT is_active FROM accounts_user WHERE id = $4)
 ORDER BY m.seq LIMIT $3
"""
HEADS = """
SELECT id AS conv, last_seq AS head, CASE WHEN client_id = $1 THEN companion_recv ELSE client_recv END AS peer_recv,
       CASE WHEN client_id = $1 THEN companion_read ELSE client_read END AS peer_read,
       CASE WHEN client_id = $1 THEN client_recv ELSE companion_recv END AS recv,
       CASE WHEN client_id = $1 THEN client_read ELSE companion_read END AS read
  FROM chat_conversation
 WHERE id = ANY($2::bigint[]) AND $1 IN (client_id, companion_id)
   AND (SELECT is_active FROM accounts_user WHERE id = $1)
"""
HEADS_OF_ALL = "SELECT id, last_seq FROM chat_conversation WHERE id = ANY($1::bigint[])"
BOOKINGS = "SELECT id, bookings_snapshot(booking_id) AS booking FROM chat_conversation WHERE id = ANY($1::bigint[])"
# Of each of these conversations: whose, which booking, when its clock will stop by itself.
STANDINGS = """
SELECT c.id AS conv, c.gate, CASE WHEN c.client_id = $1 THEN c.companion_id ELSE c.client_id END AS peer,
       b.id AS booking_id, b.state = 'accepted' AND NOT b.now AS appointment, bookings_stop_ms(b) AS stop_ms
  FROM chat_conversation c JOIN bookings_booking b ON b.id = c.booking_id
 WHERE c.id = ANY ($2::bigint[]) AND $1 IN (c.client_id, c.companion_id)
"""
PEERS = """
SELECT id, companion_id FROM chat_conversation WHERE client_id = $1 AND gate
UNION ALL SELECT id, client_id FROM chat_conversation WHERE companion_id = $1 AND gate
"""
PICTURE = "SELECT width, height FROM chat_attachment WHERE id = $1 AND conversation_id = $2 AND uploader_id = $3"
STOP = "SELECT bookings_stop_ms(b) FROM bookings_booking b WHERE id = $1"


async def after(pool: asyncpg.Pool, user_id: int, conv: int, seq: int, limit: int) -> list[dict[str, Any]]:
    """Message frames after `seq`, oldest first, at most `limit`; nothing of what is not the user's."""
    rows = await pool.fetch(AFTER, conv, seq, limit, user_id)
    return [message_frame(conv, row) for row in rows]


async def heads(pool: asyncpg.Pool, user_id: int, convs: list[int]) -> dict[int, dict[str, int]]:
    """Of each of the conversations that are the user's: conv, its last seq as head, how far the other one has it
    (peer_recv) and has seen it (peer_read), how far the user (recv, read)."""
    return {row["conv"]: dict(row) for row in await pool.fetch(HEADS, user_id, convs)}


async def heads_of_all(pool: asyncpg.Pool, convs: list[int]) -> dict[int, int]:
    """The last seq of each of these conversations, whoever asks: the caller knows whose they are."""
    return {row["id"]: row["last_seq"] for row in await pool.fetch(HEADS_OF_ALL, convs)}


async def booking_frames(pool: asyncpg.Pool, convs: list[int]) -> dict[int, dict[str, Any]]:
    """For each of these conversations the frame that says where its booking stands."""
    rows = await pool.fetch(BOOKINGS, convs)
    return {row["id"]: {"t": "booking", "conv": row["id"], "booking": json.loads(row["booking"])} for row in rows}


async def now_ms(pool: asyncpg.Pool) -> int:
    return await pool.fetchval("SELECT bookings_now_ms()")


@dataclass(slots=True)
class Standing:
    """A user's conversation: is it open, who is the other one, whose clock stops when (None: it does not run).
    `appointment`: its clock has not started and waits for its time."""

    gate: bool
    peer: int
    booking_id: UUID
    appointment: bool
    stop_ms: int | None
    OPEN: ClassVar = ("requested", "accepted", "live", "paused")


async def standings(pool: asyncpg.Pool, user_id: int, convs: list[int]) -> dict[int, Standing]:
    """Of those conversations that are the user's."""
    rows = await pool.fetch(STANDINGS, user_id, convs) if convs else []
    return {row["conv"]: Standing(*list(row)[1:]) for row in rows}


async def picture_of(pool: asyncpg.Pool, user_id: int, conv: int, attachment_id: UUID) -> asyncpg.Record | None:
    """Width and height of what the user has uploaded to this conversation."""
    return await pool.fetchrow(PICTURE, attachment_id, conv, user_id)


async def peers(pool: asyncpg.Pool, user_id: int) -> list[tuple[int, int]]:
    """Each open conversation of the user, with the other of the two."""
    return [tuple(row) for row in await pool.fetch(PEERS, user_id)]


async def client_of(pool: asyncpg.Pool, conv: int) -> int:
    return await pool.fetchval("SELECT client_id FROM chat_conversation WHERE id = $1", conv)


async def meter_one(pool: asyncpg.Pool, booking_id: UUID, lag_ms: int) -> int | None:
    """Lets happen what is due to the booking's clock; returns when it stops by itself now."""
    await pool.execute("SELECT bookings_meter_one($1, $2)", booking_id, lag_ms)
    return await pool.fetchval(STOP, booking_id)
