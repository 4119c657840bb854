"""A real web server on the test's database: uvicorn in a process of its own, real sockets."""

import gc
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import quote

import uvicorn
from django.conf import settings
from django.db import connection
from django.template.loader import get_template
from django.urls import get_resolver, reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext, override

from devstack import ports
from devstack.places import CHECKOUT
from tests.plain_http import answers
from tests.waiting import until

# What web processes are forked from is itself forked from one that has read the slow libraries. Nothing of ours is
# among them, which would read its settings too early.
LIBRARIES = ["celery.app.base", "django.db.models", "httpx", "pypinyin", "requests", "rjieba", "stripe", "uvicorn"]
WARM = multiprocessing.get_context("forkserver")
WARM.set_forkserver_preload(LIBRARIES)
# As devstack/run.py has it.
SOCKETS = {"ws": "chat.live.server:TakenSocket", "ws_per_message_deflate": False, "ws_max_size": 2**16}
FORKED = multiprocessing.get_context("fork")


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
    with webs(port, read_ahead=False, **more) as another, another() as url:
        yield url


@contextmanager
def webs(
    port: int | None = None, *, read_ahead: bool = True, **more: str
) -> Iterator[Callable[[], AbstractContextManager[str]]]:
    """Web processes one after the other, all at one address. Each is forked from one that has read all of ours as well,
    and has yet seen nobody."""
    port = port or ports.free_port()
    url = f"http://{ports.LOOPBACK}:{port}"
    asks, asked = WARM.Pipe()
    origin = WARM.Process(target=_fork_when_asked, args=(asked, port, read_ahead, environment(SITE_URL=url, **more)))
    origin.start()
    asked.close()
    try:
        yield lambda: _one(asks, url)
    finally:
        asks.close()
        origin.join(timeout=20)
        assert origin.exitcode is not None, "What web processes are forked from does not end."


@contextmanager
def _one(asks: Connection, url: str) -> Iterator[str]:
    asks.send("begin")
    try:
        until(lambda: answers(f"{url}/healthz"), seconds=30, what="the web process")
        yield url
    finally:
        asks.send("end")
        assert asks.poll(20), "The web process does not end."
        asks.recv()


def _fork_when_asked(asked: Connection, port: int, read_ahead: bool, env: dict[str, str]) -> None:
    """Nothing of ours is imported before the environment is right. Ends when nobody can ask any more."""
    os.environ.clear()
    os.environ.update(env)
    application = import_string("marketplace.asgi.application")
    get_resolver().url_patterns  # noqa: B018 - reads all views
    if read_ahead:
        _read_ahead()
        gc.freeze()
    with suppress(EOFError):
        while asked.recv():
            _serve_until_told(asked, application, port)


def _read_ahead() -> None:
    """What each web process would otherwise read for its first pages: templates, and words and addresses of each
    language."""
    templates = CHECKOUT / "templates"
    for path in templates.rglob("*.html"):
        get_template(str(path.relative_to(templates)))
    for language, _ in settings.LANGUAGES:
        with override(language):
            reverse("home")
            gettext("Home")


def _serve_until_told(asked: Connection, application: Any, port: int) -> None:
    options = {
        "port": port,
        "log_level": "warning",
        "ws": "chat.live.server:TakenSocket",
        "ws_per_message_deflate": False,
    }
    process = FORKED.Process(target=uvicorn.run, args=(application,), kwargs=options)
    process.start()
    try:
        asked.recv()
    finally:
        process.terminate()
        process.join()
    asked.send("ended")
