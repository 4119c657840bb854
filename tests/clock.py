"""The database's clock, in a test's own hands. Production reads `clock_timestamp()` and nothing else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from django.db import connection, transaction

import bookings.sql

CLOCK = Path(bookings.sql.__file__).with_name("clock.sql")

INJECTED = """
CREATE OR REPLACE FUNCTION bookings_now_ms() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT COALESCE(NULLIF(current_setting('wozai.now_ms', true), '')::bigint,
                    (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
$$
"""


@contextmanager
def clock_in_hand() -> Iterator[None]:
    """Inside a transaction that is rolled back: from here on `set_clock` says what time it is."""
    with connection.cursor() as cursor:
        cursor.execute(INJECTED)
    with mock.patch("common.clock.NOW_MS_SQL", "bookings_now_ms()"):
        yield


def set_clock(now_ms: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('wozai.now_ms', %s, true)", [str(now_ms)])


@contextmanager
def clocks_in_hand() -> Iterator[None]:
    """For rivals, whose writing is committed: inside, `at` says what time it is for each of them."""
    with connection.cursor() as cursor:
        cursor.execute(INJECTED)
    try:
        with mock.patch("common.clock.NOW_MS_SQL", "bookings_now_ms()"):
            yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(CLOCK.read_text(encoding="utf-8"))


def at(now_ms: int, act: Callable[[], Any]) -> Any:
    """Acts at that moment, in one transaction."""
    with transaction.atomic():
        set_clock(now_ms)
        return act()
