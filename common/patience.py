"""How long one waits for a lock that another process has. The product's connections: marketplace/settings.py."""

from typing import Any

from django.db import connection, connections

LIMITS = ("lock_timeout", "idle_in_transaction_session_timeout")
# Longer than any transaction of ours takes.
SHORT_MS = 500


def be_impatient() -> None:
    """Until this transaction ends, a lock that is not free in SHORT_MS raises OperationalError: in a round over many
    rows, one that a hanging process has must not hold up the rest."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = {SHORT_MS}")


def wait_as_long_as_it_takes(using: str, **_: Any) -> None:
    """A migration waits behind whatever holds its table, and its own Python may take long within a transaction."""
    with connections[using].cursor() as cursor:
        for limit in LIMITS:
            cursor.execute(f"SET {limit} = 0")


def wait_as_before(using: str, **_: Any) -> None:
    with connections[using].cursor() as cursor:
        for limit in LIMITS:
            cursor.execute(f"RESET {limit}")
