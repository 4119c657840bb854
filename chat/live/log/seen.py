"""How far each member has the talk, and how far he has seen it: two cursors that only move on."""

from collections.abc import Mapping

import asyncpg

# Rows that somebody holds are left for the next time: a cursor is worth no waiting. Never beyond what there is.
SEEN = """
WITH said AS (
    SELECT c.id, c.client_id = s.user_id AS by_client,
           LEAST(s.recv, c.last_seq) AS recv, LEAST(s.read, c.last_seq) AS read
      FROM chat_conversation c
      JOIN unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) s (conv, user_id, recv, read)
        ON s.conv = c.id AND s.user_id IN (c.client_id, c.companion_id)
     WHERE c.id = ANY ($1::bigint[])
       FOR NO KEY UPDATE OF c SKIP LOCKED
), each AS (
    SELECT id, max(recv) FILTER (WHERE by_client) AS client_recv, max(read) FILTER (WHERE by_client) AS client_read,
           max(recv) FILTER (WHERE NOT by_client) AS companion_recv,
           max(read) FILTER (WHERE NOT by_client) AS companion_read
      FROM said GROUP BY id
), moved AS (
    UPDATE chat_conversation c
       SET client_recv = GREATEST(c.client_recv, e.client_recv), client_read = GREATEST(c.client_read, e.client_read),
           companion_recv = GREATEST(c.companion_recv, e.companion_recv),
           companion_read = GREATEST(c.companion_read, e.companion_read)
      FROM each e WHERE c.id = e.id
    RETURNING c.id
)
SELECT id FROM moved
"""

# (conversation, member): (recv, read)
Cursors = Mapping[tuple[int, int], tuple[int, int]]


async def write_seen(pool: asyncpg.Pool, cursors: Cursors) -> set[int]:
    """Moves these on in one statement; returns the conversations whose row was free."""
    convs, users = zip(*cursors, strict=True)
    recvs, reads = zip(*cursors.values(), strict=True)
    return {row["id"] for row in await pool.fetch(SEEN, convs, users, recvs, reads)}
