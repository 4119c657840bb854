"""The log of messages on asyncpg: writing one is one statement, and only a committed message is acknowledged."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from django.conf import settings

from chat.live.frames import Send
from common.patience import SHORT_MS

# Asks the booking (bookings_note_message: member, gate, deadline, turn), numbers, writes, in one round trip.
# The booking is locked before the conversation, as everywhere. The gate and the booking are compared again under the
# conversation's lock, so a message that waited for "ended" to be written cannot follow it.
SEND = """
WITH turn AS MATERIALIZED (
    SELECT c.id, c.booking_id, n.at_ms, n.stepped, n.stop_ms
      FROM chat_conversation c
     CROSS JOIN LATERAL bookings_note_message(c.booking_id, c.companion_id = $2, $5, NULL, $6) n
     WHERE c.id = $1 AND $2 IN (c.client_id, c.companion_id) AND n.open
       AND (SELECT is_active FROM accounts_user WHERE id = $2)
), numbered AS (
    UPDATE chat_conversation c SET last_seq = c.last_seq + 1
      FROM turn
     WHERE c.id = turn.id AND c.gate AND c.booking_id = turn.booking_id
    RETURNING c.id, c.last_seq AS seq, c.client_id, c.companion_id, turn.booking_id, turn.at_ms, turn.stepped,
              turn.stop_ms
), written AS (
    INSERT INTO chat_message (conversation_id, seq, sender_id, cmid, kind, body, booking_id, at_ms)
    SELECT id, seq, $2, $3, 'text', $4, booking_id, at_ms FROM numbered
)
SELECT seq, client_id, companion_id, booking_id, at_ms, stepped, stop_ms FROM numbered
"""
KNOWN = "SELECT seq, at_ms FROM chat_message WHERE conversation_id = $1 AND sender_id = $2 AND cmid = $3"
MEMBER = "SELECT 1 FROM chat_conversation WHERE id = $1 AND $2 IN (client_id, companion_id)"
AFTER = """
SELECT m.seq, m.sender_id, m.cmid, m.kind, m.body, m.at_ms
  FROM chat_message m JOIN chat_conversation c ON c.id = m.conversation_id
 WHERE m.conversation_id = $1 AND m.seq > $2 AND $4 IN (c.client_id, c.companion_id)
   AND (SELECT is_active FROM accounts_user WHERE id = $4)
 ORDER BY m.seq LIMIT $3
"""
HEADS = """
SELECT id, last_seq FROM chat_conversation
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
STOP = "SELECT bookings_stop_ms(b) FROM bookings_booking b WHERE id = $1"

# Trouble that goes by: the database is restarting, busy or slow. Whether anything was written is not known.
PASSING = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
)
COMMAND_TIMEOUT_S = 10
POOL = 4


@dataclass(frozen=True, slots=True)
class Written:
    """A message that is in the log. `dup`: it was there before; `stepped`: it moved the booking; `stop_ms`: when the
    clock stops by itself after it, None if it does not run."""

    seq: int
    at_ms: int
    dup: bool = False
    members: tuple[int, ...] = ()
    booking_id: UUID | None = None
    stepped: bool = False
    stop_ms: int | None = None


class Refused(Exception):
    """Nothing was written; `code` is not_found or session_closed."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


async def open_pool() -> asyncpg.Pool:
    """With the limits of Django's own connections (PATIENCE in the settings, and what the address says itself), but
    less patience for a lock: few connections serve all sockets, and a page sends again what was refused."""
    db = settings.DATABASES["default"]
    return await asyncpg.create_pool(
        host=db["HOST"] or None,
        port=db["PORT"] or None,
        user=db["USER"] or None,
        password=db["PASSWORD"] or None,
        database=db["NAME"],
        min_size=1,
        max_size=POOL,
        command_timeout=COMMAND_TIMEOUT_S,
        server_settings={"options": f"{db['OPTIONS']['options']} -c lock_timeout={SHORT_MS}"},
    )


async def write(pool: asyncpg.Pool, sender_id: int, send: Send, *, client_here: bool = True) -> Written:
    """Writes the message; the same cmid again gives the first one back. Raises Refused.

    `client_here`: no appointment's clock starts for a client who is not.
    """
    values = (send.conv, sender_id, send.cmid, send.body, settings.POSTING_LAG_MS, client_here)
    try:
        row = await pool.fetchrow(SEND, *values)
    except asyncpg.UniqueViolationError:
        row = None
    if row is None:
        return await _why_not(pool, sender_id, send)
    members = (row["client_id"], row["companion_id"])
    return Written(row["seq"], row["at_ms"], False, members, row["booking_id"], row["stepped"], row["stop_ms"])


async def _why_not(pool: asyncpg.Pool, sender_id: int, send: Send) -> Written:
    known = await pool.fetchrow(KNOWN, send.conv, sender_id, send.cmid)
    if known:
        return Written(known["seq"], known["at_ms"], dup=True)
    member = await pool.fetchval(MEMBER, send.conv, sender_id)
    raise Refused("session_closed" if member else "not_found")


async def after(pool: asyncpg.Pool, user_id: int, conv: int, seq: int, limit: int) -> list[dict[str, Any]]:
    """Message frames after `seq`, oldest first, at most `limit`; nothing of what is not the user's."""
    rows = await pool.fetch(AFTER, conv, seq, limit, user_id)
    return [message_frame(conv, row) for row in rows]


async def heads(pool: asyncpg.Pool, user_id: int, convs: list[int]) -> dict[int, int]:
    """The last seq of each of the conversations that are the user's; none while the user is suspended."""
    return {row["id"]: row["last_seq"] for row in await pool.fetch(HEADS, user_id, convs)}


async def heads_of_all(pool: asyncpg.Pool, convs: list[int]) -> dict[int, int]:
    """The last seq of each of these conversations, whoever asks: the caller knows whose they are."""
    return {row["id"]: row["last_seq"] for row in await pool.fetch(HEADS_OF_ALL, convs)}


async def booking_frames(pool: asyncpg.Pool, convs: list[int]) -> dict[int, dict[str, Any]]:
    """For each of these conversations the frame that says where its booking stands."""
    rows = await pool.fetch(BOOKINGS, convs)
    return {row["id"]: {"t": "booking", "conv": row["id"], "booking": json.loads(row["booking"])} for row in rows}


async def now_ms(pool: asyncpg.Pool) -> int:
    return await pool.fetchval("SELECT bookings_now_ms()")


async def standings(pool: asyncpg.Pool, user_id: int, convs: list[int]) -> list[asyncpg.Record]:
    """Of those conversations that are the user's: conv, gate, peer, booking_id, appointment (its clock has not
    started), stop_ms."""
    return await pool.fetch(STANDINGS, user_id, convs) if convs else []


async def peers(pool: asyncpg.Pool, user_id: int) -> list[tuple[int, int]]:
    """Each open conversation of the user, with the other of the two."""
    return [tuple(row) for row in await pool.fetch(PEERS, user_id)]


async def client_of(pool: asyncpg.Pool, conv: int) -> int:
    return await pool.fetchval("SELECT client_id FROM chat_conversation WHERE id = $1", conv)


async def meter_one(pool: asyncpg.Pool, booking_id: UUID, lag_ms: int) -> int | None:
    """Lets happen what is due to the booking's clock; returns when it stops by itself now."""
    await pool.execute("SELECT bookings_meter_one($1, $2)", booking_id, lag_ms)
    return await pool.fetchval(STOP, booking_id)


def message_frame(conv: int, row: Any) -> dict[str, Any]:
    return {
        "t": "msg",
        "conv": conv,
        "seq": row["seq"],
        "from": row["sender_id"],
        "cmid": str(row["cmid"]) if row["cmid"] else None,
        "kind": row["kind"],
        "body": row["body"],
        "at": row["at_ms"],
    }


def encode(frame: dict[str, Any]) -> str:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
