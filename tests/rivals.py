"""Two at the same moment: what one wrote is not committed yet when the other comes."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.db import connection, transaction
from django.db.models import Model, QuerySet

from tests.waiting import until

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"


@contextmanager
def rival(act: Callable[[], Any]) -> Iterator[Callable]:
    """Acts without committing; `meanwhile(other)` starts the other and returns, once it waits for a lock or is through,
    how to get its result. On leaving, the rival commits."""
    with ThreadPoolExecutor(1) as threads, transaction.atomic():
        act()

        def meanwhile(other: Callable[[], Any]) -> Callable[[], Any]:
            future = threads.submit(_alone, other)
            until(lambda: future.done() or somebody_waits(), what="the other to wait for a lock")
            return future.result

        yield meanwhile


@contextmanager
def rows_unlocked(model: type[Model]) -> Iterator[None]:
    """Whoever would lock rows of this model only reads them."""
    lock = QuerySet.select_for_update

    def only_read(rows: QuerySet, **options: Any) -> QuerySet:
        return rows.all() if rows.model is model else lock(rows, **options)

    with patch.object(QuerySet, "select_for_update", only_read):
        yield


def soon(act: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Waits for no lock longer than a test can bear."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")
    return act(*args, **options)


def _alone(act: Callable[[], Any]) -> Any:
    try:
        return act()
    finally:
        connection.close()


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return cursor.fetchone()[0] > 0
