"""Live sessions that nobody sits in, made at once, and some of them moved to where their prepaid time runs out."""

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection, transaction

SQL = Path(__file__).with_name("fill.sql")


def fill(sessions: int) -> None:
    """So many running sessions and their books, in a database that holds nothing else. What was in it is gone."""
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    call_command("migrate", verbosity=0)
    with transaction.atomic(), connection.cursor() as cursor:
        put_in(cursor, sessions)
    vacuum()


def put_in(cursor: Any, sessions: int) -> None:
    """So many running sessions, into tables that hold nothing, within the transaction of `cursor`."""
    cursor.execute(SQL.read_text(encoding="utf-8"), {"sessions": sessions})


def vacuum() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def let_run_out(sessions: int, *, from_ms: int, span_ms: int) -> None:
    """So many running sessions turn out to have begun long ago: their prepaid time ends one after the other from then.

    Their minutes until now fall due at once.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE bookings_booking b
               SET live_since_ms = %(from)s + %(span)s * chosen.place / %(sessions)s - granted_ms + closed_ms,
                   due_ms = bookings_now_ms()
              FROM (SELECT id, row_number() OVER () AS place FROM (
                        SELECT b.id FROM bookings_booking b JOIN bookings_turn w ON w.booking_id = b.id
                         WHERE b.state = 'live' AND w.awaiting_since_ms IS NULL
                         ORDER BY b.id LIMIT %(sessions)s FOR NO KEY UPDATE OF b) locked) chosen
             WHERE b.id = chosen.id
            """,
            {"sessions": sessions, "from": from_ms, "span": span_ms},
        )
