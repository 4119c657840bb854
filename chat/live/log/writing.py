"""Writing: many messages in one statement where that is plain, one alone where it moves its booking or must wait."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
from django.conf import settings

from chat.live.frames import Send
from chat.sealing import seal_text

MANY = "SELECT * FROM chat_write($1, $2, $3, $4)"
# Asks the booking (bookings_note_message: member, gate, deadline, turn), numbers, writes, in one round trip.
# The booking is locked before the conversation, as everywhere. The gate and the booking are compared again under the
# conversation's lock, so a message that waited for "ended" to be written cannot follow it.
ONE = """
WITH turn AS MATERIALIZED (
    SELECT c.id, c.booking_id, n.at_ms, n.stepped, n.stop_ms
      FROM chat_conversation c
     CROSS JOIN LATERAL bookings_note_message(c.booking_id, c.companion_id = $2, $7, NULL, $8) n
     WHERE c.id = $1 AND $2 IN (c.client_id, c.companion_id) AND n.open
       AND (SELECT is_active FROM accounts_user WHERE id = $2)
), numbered AS (
    UPDATE chat_conversation c SET last_seq = c.last_seq + 1
      FROM turn
     WHERE c.id = turn.id AND c.gate AND c.booking_id = turn.booking_id
    RETURNING c.id, c.last_seq AS seq, c.client_id, c.companion_id, turn.booking_id, turn.at_ms, turn.stepped,
              turn.stop_ms
), written AS (
    INSERT INTO chat_message (conversation_id, seq, sender_id, cmid, kind, sealed, attachment_id, booking_id, at_ms)
    SELECT id, seq, $2, $3, $4, $5, $6, booking_id, at_ms FROM numbered
)
SELECT seq, client_id, companion_id, booking_id, at_ms, stepped, stop_ms FROM numbered
"""
KNOWN = "SELECT seq, at_ms FROM chat_message WHERE conversation_id = $1 AND sender_id = $2 AND cmid = $3"
MEMBER = "SELECT 1 FROM chat_conversation WHERE id = $1 AND $2 IN (client_id, companion_id)"
PICTURE_SENT = "message_attachment_once"


@dataclass(slots=True)
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


async def write_many(connection: asyncpg.Connection, sends: Sequence[tuple[int, Send]]) -> dict[int, Written]:
    """Writes these (sender, message) together, those of one conversation being of one sender and none there twice; by
    place what is in the log now. What is missing must be written by `write_one`, which tells why; pictures always are,
    for one that is not the sender's own would break the statement for all. Waits for no lock."""
    texts = [place for place, (_, send) in enumerate(sends) if send.body is not None]
    if not texts:
        return {}
    convs, senders, cmids, _kinds, seals, _pictures = zip(*(_columns(*sends[place]) for place in texts), strict=True)
    rows = await connection.fetch(MANY, convs, senders, cmids, seals)
    return {texts[row["place"] - 1]: _written(row, dup=row["dup"]) for row in rows}


async def write_one(pool: asyncpg.Pool, sender_id: int, send: Send, *, client_here: bool = True) -> Written:
    """Writes the message; the same cmid again gives the first one back. Raises Refused.

    `client_here`: no appointment's clock starts for a client who is not.
    """
    refused = None
    try:
        row = await pool.fetchrow(ONE, *_columns(sender_id, send), settings.POSTING_LAG_MS, client_here)
    except asyncpg.UniqueViolationError as error:
        # A picture sent again may break either rule first.
        row, refused = None, "not_found" if error.constraint_name == PICTURE_SENT else None
    except asyncpg.ForeignKeyViolationError as error:
        raise Refused("not_found") from error
    return _written(row, stepped=row["stepped"]) if row else await _why_not(pool, sender_id, send, refused)


def _columns(sender_id: int, send: Send) -> tuple[int, int, UUID, str, bytes | None, UUID | None]:
    sealed = None if send.body is None else seal_text(send.body, send.conv, send.cmid)
    return send.conv, sender_id, send.cmid, send.kind, sealed, send.attachment


def _written(row: asyncpg.Record, *, dup: bool = False, stepped: bool = False) -> Written:
    if dup:
        return Written(row["seq"], row["at_ms"], dup=True)
    members = (row["client_id"], row["companion_id"])
    return Written(row["seq"], row["at_ms"], False, members, row["booking_id"], stepped, row["stop_ms"])


async def _why_not(pool: asyncpg.Pool, sender_id: int, send: Send, refused: str | None) -> Written:
    known = await pool.fetchrow(KNOWN, send.conv, sender_id, send.cmid)
    if known:
        return Written(known["seq"], known["at_ms"], dup=True)
    member = await pool.fetchval(MEMBER, send.conv, sender_id)
    raise Refused(refused or ("session_closed" if member else "not_found"))
