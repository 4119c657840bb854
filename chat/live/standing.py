"""Whether those who hold a socket may still hold it: asked at hello and again in each round, of the rows themselves."""

from collections.abc import Sequence

import asyncpg

from chat.live.connection import Connection

SIGNED_OUT, FORBIDDEN, ASK_AGAIN = 4501, 4503, 4401

STANDING = """
SELECT u.is_active, u.password, s.session_key IS NOT NULL AS signed_in
  FROM unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS asked (user_id, session_key, place)
  LEFT JOIN accounts_user u ON u.id = asked.user_id
  LEFT JOIN django_session s ON s.session_key = asked.session_key AND s.expire_date > now()
 ORDER BY asked.place
"""


async def who_must_go(pool: asyncpg.Pool, connections: Sequence[Connection]) -> list[tuple[Connection, int]]:
    """Those that may not stay, each with the code to close it with. One query for all."""
    users, sessions = [c.user_id for c in connections], [c.session_key for c in connections]
    rows = await pool.fetch(STANDING, users, sessions)
    verdicts = ((each, _verdict(each, row)) for each, row in zip(connections, rows, strict=True))
    return [(each, code) for each, code in verdicts if code]


def _verdict(connection: Connection, row: asyncpg.Record) -> int | None:
    if not row["is_active"]:
        return FORBIDDEN
    # The page whose own user changed the password has a new session by now. The door can tell, so it comes back once.
    return None if row["signed_in"] and row["password"] == connection.password else ASK_AGAIN
