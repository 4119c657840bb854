"""What PostgreSQL said, without reading its words, and its locks by name."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, connection


def broken_constraint(error: IntegrityError) -> str:
    """The name of the constraint that refused the write, or ""."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""


@contextmanager
def alone(name: str) -> Iterator[bool]:
    """True for the only one of this name in all processes. The connection holds the lock, no transaction does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [name])
        is_mine = cursor.fetchone()[0]
        try:
            yield is_mine
        finally:
            if is_mine:
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [name])
