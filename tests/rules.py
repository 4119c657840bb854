"""The database without one of its rules, for negative controls: then the failure does happen."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def rule_dropped(table: str, name: str) -> Iterator[None]:
    """The table without one of its constraints. Rows that break it must be gone before the end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [name])
        (definition,) = cursor.fetchone()
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


@contextmanager
def time_promised_twice() -> Iterator[None]:
    """Nothing keeps a companion's promises apart: neither her pause nor her way."""
    with rule_dropped("listings_takentime", "taken_time_once"), rule_dropped("listings_takentime", "taken_time_way"):
        yield


@contextmanager
def index_dropped(name: str) -> Iterator[None]:
    """The database without one of its unique indexes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [name])
        (definition,) = cursor.fetchone()
        cursor.execute(f"DROP INDEX {name}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(definition)


@contextmanager
def function_changed(name: str, *changes: tuple[str, str]) -> Iterator[None]:
    """The database with another text of one of its functions: each change is what stands there, and what instead."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef(%s::regproc)", [name])
        [whole] = cursor.fetchone()
        changed = whole
        for before, after in changes:
            assert before in changed
            changed = changed.replace(before, after)
        cursor.execute(changed)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(whole)


@contextmanager
def trigger_off(table: str, name: str) -> Iterator[None]:
    """The table without what one of its triggers does."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {name}")


def empty(*tables: str) -> None:
    """Empties the tables and what points to them, past the triggers that keep rows for ever."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
