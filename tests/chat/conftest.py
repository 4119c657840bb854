from collections.abc import Iterator

import pytest
from django.db import connection

from tests.server import web


@pytest.fixture(scope="module")
def server(django_db_setup, django_db_blocker) -> Iterator[str]:
    """One web process for the module; it sees what each test commits."""
    with django_db_blocker.unblock():
        with web() as url:
            yield url
        connection.close()
