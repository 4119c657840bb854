from collections.abc import AsyncIterator, Iterator

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections

from tests.chat.door import hub  # noqa: F401
from tests.chat.hubs import here, there  # noqa: F401
from tests.chat.told import counted, pool, starting, talks  # noqa: F401
from tests.server import web


@pytest.fixture(scope="module")
def server(django_db_setup, django_db_blocker) -> Iterator[str]:
    """One web process for the module; it sees what each test commits."""
    with django_db_blocker.unblock():
        with web() as url:
            yield url
        connection.close()


@pytest.fixture(autouse=True)
async def orm_thread_lets_go(transactional_db) -> AsyncIterator[None]:
    """Async tests use the ORM in a thread of its own, whose connection would outlive the test database."""
    yield
    await sync_to_async(connections.close_all)()
