"""What takes long to make and is only read, or changed and put back: made once for a class of tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction


@contextmanager
def lasting(django_db_blocker: Any) -> Iterator[None]:
    """For a fixture of class scope: what is made inside is there for each of its tests, whose changes are undone."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)
