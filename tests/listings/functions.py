"""A function of the database as it could have been, for negative controls."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from django.db import connection


@contextmanager
def functions_changed(changed: Callable[[str], str], *names: str) -> Iterator[None]:
    """These functions, each with its definition as `changed` makes it; as they were in the end."""
    with ExitStack() as stack:
        for name in names:
            stack.enter_context(_one_changed(name, changed))
        yield


@contextmanager
def _one_changed(name: str, changed: Callable[[str], str]) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef(%s::regproc)", [name])
        (whole,) = cursor.fetchone()
        assert changed(whole) != whole
        cursor.execute(changed(whole))
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(whole)
