"""A database for each contestant: made once as it has to be, copied anew for each time it is measured."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg2
import redis

ADDRESS, _, MIGRATED = os.environ["DATABASE_URL"].rpartition("/")
SERVER = "postgres"


def url(name: str) -> str:
    return f"{ADDRESS}/{name}"


@contextmanager
def cursor(name: str) -> Iterator[Any]:
    """Each statement for itself, on a connection of its own."""
    with closing(psycopg2.connect(url(name))) as connection, connection.cursor() as opened:
        connection.autocommit = True
        yield opened


def create(name: str, *, like: str = "template1") -> None:
    """A new one; what had that name is gone. Nobody may be connected to the one it is copied from."""
    with cursor(SERVER) as sql:
        sql.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        sql.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')


def settle(name: str) -> None:
    """What was written to fill it is no part of what is measured."""
    with cursor(name) as sql:
        sql.execute("VACUUM ANALYZE")
        sql.execute("CHECKPOINT")


def forget_all() -> None:
    """An empty Valkey."""
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        client.flushall()


def commits(sql: Any, name: str) -> tuple[int, int]:
    """Transactions committed in this database as far as is told by now (each connection tells once a second), and
    those that wrote, in all databases, exactly."""
    sql.execute(
        "SELECT xact_commit, pg_snapshot_xmax(pg_current_snapshot())::text::bigint FROM pg_stat_database"
        " WHERE datname = %s",
        [name],
    )
    return sql.fetchone()
