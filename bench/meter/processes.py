"""The processes of a running site, as production starts them, and the one that does what people do."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from devstack import children
from devstack.places import CHECKOUT
from devstack.run import processes

# Without DEBUG no query is written down; what must be set then is never used.
PRODUCTION = {
    "DEBUG": "0",
    "SECRET_KEY": "meter",
    "ALLOWED_HOSTS": "localhost",
    "SITE_URL": "http://localhost",
    "STRIPE_SECRET_KEY": "sk_test_nobody_is_asked",
    "STRIPE_API_BASE": "",
    "STRIPE_WEBHOOK_SECRET": "whsec_nobody",
    "STRIPE_CONNECT_WEBHOOK_SECRET": "whsec_nobody",
    "DOCUMENT_KEYS": "ZGV2ZWxvcG1lbnQtb25seS1ub3QtYS1zZWNyZXQta2U=",
    "MESSAGE_KEYS": "bWVzc2FnZXMtaW4tZGV2ZWxvcG1lbnQtb25seS0zMmI=",
    "LOG_LEVEL": "WARNING",
}


@contextmanager
def running(**commands: list[str]) -> Iterator[dict[str, int]]:
    """The process ids by name, until the block ends."""
    with started(commands, PRODUCTION) as pids:
        yield pids


@contextmanager
def started(commands: Mapping[str, list[str]], variables: Mapping[str, str]) -> Iterator[dict[str, int]]:
    """The same with these variables in their environment."""
    env = {**os.environ, **variables}
    opened = {name: subprocess.Popen(argv, cwd=CHECKOUT, env=env) for name, argv in commands.items()}
    try:
        yield {name: child.pid for name, child in opened.items()}
    finally:
        for child in opened.values():
            children.stop(child, gently=signal.SIGTERM, firmly=signal.SIGQUIT)


@contextmanager
def site(**others: list[str]) -> Iterator[dict[str, int]]:
    """A worker and beat, and whatever else is asked for."""
    with tempfile.TemporaryDirectory() as home:
        commands = processes(0, Path(home), demo=False)
        with running(worker=commands["worker"], beat=commands["beat"], **others) as pids:
            yield pids


def celery(*arguments: str) -> list[str]:
    """A worker as the site's, with other queues."""
    command = processes(0, Path(), demo=False)["worker"]
    return [*command[: command.index("--queues")], *arguments]


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]
