"""Our own site: its tables and live sessions, its people signed in, its web process as production starts it."""

import secrets
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg2
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from psycopg2.extras import execute_values

from accounts.models import User
from bench.chat import databases
from bench.meter.fill import put_in
from bench.meter.processes import PRODUCTION
from devstack.run import processes

# People do not type faster than that; who is measured here does.
UNBOUNDED = "1000000"
# When a run ends all leave at the same moment, and what is warned of then is said for each of them.
QUIET = "ERROR"
VARIABLES = {**PRODUCTION, "CHAT_RATE_PER_S": UNBOUNDED, "CHAT_BURST": UNBOUNDED, "LOG_LEVEL": QUIET}
# As written by bench/meter/fill.sql.
PASSWORD = "!"

Row = tuple[str, str]


def migrate() -> None:
    """The tables, in the database that is copied; nobody stays connected to it."""
    call_command("migrate", verbosity=0)
    connection.close()


def signed_in(users: int) -> list[Row]:
    """Key and data of a session of each user, from 1."""
    told = {
        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: User(password=PASSWORD).get_session_auth_hash(),
    }
    store = SessionStore()
    return [(secrets.token_hex(16), store.encode({SESSION_KEY: str(user), **told})) for user in range(1, users + 1)]


def fill(database: str, sessions: int, rows: Sequence[Row]) -> None:
    """So many live sessions that begin now, and everybody signed in."""
    until = timezone.now() + timedelta(days=1)
    with closing(psycopg2.connect(databases.url(database))) as opened, opened, opened.cursor() as cursor:
        put_in(cursor, sessions)
        insert = "INSERT INTO django_session (session_key, session_data, expire_date) VALUES %s"
        execute_values(cursor, insert, [(key, data, until) for key, data in rows])


def web(port: int) -> list[str]:
    return processes(port, Path(), demo=False)["web"]
