"""A real web server on the test's database: uvicorn in a process of its own, real sockets."""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from urllib.parse import quote

import httpx
import uvicorn
from django.conf import settings
from django.db import connection

from devstack import ports
from devstack.places import CHECKOUT
from tests.waiting import until

# Web processes are forked from one that has read the slow libraries: most of what starting takes. Nothing of ours is
# among them, which would read its settings too early.
LIBRARIES = ["celery.app.base", "django.db.models", "httpx", "pypinyin", "requests", "rjieba", "stripe", "uvicorn"]
WARM = multiprocessing.get_context("forkserver")
WARM.set_forkserver_preload(LIBRARIES)


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
    process = WARM.Process(target=_serve, args=(port, environment(SITE_URL=url, **more)))
    process.start()
    try:
        until(lambda: answers(url), seconds=30, what="the web process")
        yield url
    finally:
        process.terminate()
        process.join(timeout=20)
        assert process.exitcode is not None, "The web process does not end."


def _serve(port: int, env: dict[str, str]) -> None:
    """As `uvicorn marketplace.asgi:application` does: nothing of ours is imported before the environment is right."""
    os.environ.clear()
    os.environ.update(env)
    uvicorn.run("marketplace.asgi:application", port=port, log_level="warning")


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=2).status_code == 200
    except httpx.TransportError:
        return False
