"""The database's clock: the only one that bills."""

from datetime import UTC, datetime

from django.db import connection

MS_PER_MINUTE = 60_000
NOW_MS_SQL = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"


def database_now_ms() -> int:
    """Epoch milliseconds of the database, at this very statement (not the transaction's start)."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {NOW_MS_SQL}")
        return cursor.fetchone()[0]


def moment(ms: int) -> datetime:
    """Epoch milliseconds as an aware UTC datetime."""
    return datetime.fromtimestamp(ms / 1000, tz=UTC)
