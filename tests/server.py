"""A real web server on the test's database: uvicorn in a process of its own, real sockets."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from urllib.parse import quote

import httpx
from django.conf import settings
from django.db import connection

from devstack import ports
from devstack.places import CHECKOUT
from tests.waiting import until


def environment(**more: str) -> dict[str, str]:
    """What points a process at this test's database and Redis."""
    db = connection.settings_dict
    password = quote(db["PASSWORD"] or "", safe="")
    url = f"postgres://{db['USER']}:{password}@{db['HOST']}:{db['PORT']}/{db['NAME']}"
    here = {"DATABASE_URL": url, "REDIS_URL": settings.REDIS_URL, "STRIPE_API_BASE": settings.STRIPE_API_BASE}
    return {**os.environ, **here, "DEBUG": "1", "STRIPE_SECRET_KEY": "", **more}


def running_manage(*command: str, **more: str) -> AbstractContextManager[subprocess.Popen]:
    return _running([sys.executable, "manage.py", *command], **more)


def running(argv: list[str], **more: str) -> AbstractContextManager[subprocess.Popen]:
    """`python -m` this, until the block ends."""
    return _running([sys.executable, "-m", *argv], **more)


@contextmanager
def _running(argv: list[str], **more: str) -> Iterator[subprocess.Popen]:
    process = subprocess.Popen(argv, cwd=CHECKOUT, env=environment(**more))
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=20)


@contextmanager
def web(port: int | None = None, **more: str) -> Iterator[str]:
    """The address of a web process that answers."""
    port = port or ports.free_port()
    url = f"http://127.0.0.1:{port}"
    argv = ["uvicorn", "marketplace.asgi:application", "--port", str(port), "--log-level", "warning"]
    with running(argv, SITE_URL=url, **more):
        until(lambda: answers(url), seconds=30, what="the web process")
        yield url


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=2).status_code == 200
    except httpx.TransportError:
        return False
