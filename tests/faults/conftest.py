"""One site for each test, on the test's own database or on servers that may be killed."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
import redis
from django.core.management import call_command
from django.db import connection

from tests.faults.servers import Server, own_postgres, own_valkey
from tests.faults.site import LAG_MS, Site, site_in


@pytest.fixture(autouse=True)
def short_lag(settings) -> None:
    settings.POSTING_LAG_MS = LAG_MS


@pytest.fixture
def site(transactional_db, settings, tmp_path) -> Iterator[Site]:
    """Nothing of it runs yet."""
    redis.Redis.from_url(settings.REDIS_URL).flushdb()
    with site_in(tmp_path) as site:
        yield site


@pytest.fixture
def valkey() -> Iterator[Server]:
    with own_valkey() as server:
        yield server


@pytest.fixture
def site_on_valkey(transactional_db, tmp_path, valkey) -> Iterator[Site]:
    with site_in(tmp_path, REDIS_URL=valkey.url) as site:
        yield site


@pytest.fixture(scope="module")
def postgres_of_module(django_db_setup, django_db_blocker) -> Iterator[Server]:
    """Making its tables takes longer than a test."""
    with own_postgres() as server:
        with django_db_blocker.unblock(), _our_database_on(server):
            call_command("migrate", verbosity=0)
        yield server


@pytest.fixture
def postgres(postgres_of_module, django_db_blocker) -> Iterator[Server]:
    """This process's own database is that server's while the test runs, and empty at first."""
    server = postgres_of_module
    # A test that failed may have left it stopped.
    server.kill()
    server.start()
    with django_db_blocker.unblock(), _our_database_on(server):
        call_command("flush", interactive=False, verbosity=0)
        yield server


@contextmanager
def _our_database_on(server: Server) -> Iterator[None]:
    there = urlsplit(server.url)
    usual = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(
        HOST=there.hostname, PORT=there.port, PASSWORD=there.password, NAME=there.path[1:], USER=there.username
    )
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(usual)


@pytest.fixture
def site_on_postgres(postgres, settings, tmp_path) -> Iterator[Site]:
    redis.Redis.from_url(settings.REDIS_URL).flushdb()
    with site_in(tmp_path) as site:
        yield site
