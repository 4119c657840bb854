"""A worker keeps its connection from task to task, and does not keep one that broke."""

import pytest
from django.db import connection

from bookings.tasks import sweep
from marketplace.celery import keep_the_connection, look_at_the_connection
from tests.threads import at_once


@pytest.fixture
def backend(monkeypatch, transactional_db):
    """The process id of the database's side, asked anew each time, in a process that was told to keep it."""
    for name in ("CONN_MAX_AGE", "CONN_HEALTH_CHECKS"):
        monkeypatch.setitem(connection.settings_dict, name, connection.settings_dict[name])
    keep_the_connection()
    connection.close()
    yield lambda: ask("SELECT pg_backend_pid()")
    connection.close()


def ask(sql: str):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def test_the_next_task_has_the_same_connection(backend):
    before = backend()
    look_at_the_connection(task=sweep)
    assert backend() == before


def test_when_the_database_was_started_anew_the_next_task_has_another(backend):
    before = backend()
    at_once(lambda: ask(f"SELECT pg_terminate_backend({before}, 5000)"))
    look_at_the_connection(task=sweep)
    assert backend() != before


def test_celery_leaves_the_connection_to_us():
    from marketplace.celery import app

    assert app.conf.get("CELERY_DB_REUSE_MAX") > 10_000
