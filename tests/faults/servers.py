"""A PostgreSQL or a Valkey of one's own, that can be killed and started again at the same address."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from devstack import orphans, places, postgres, valkey
from devstack.lock import only_one


class Server:
    """Throwaway, so it is stopped without a goodbye: a PostgreSQL as by `pg_ctl stop -m immediate`."""

    def __init__(self, start: Callable[[], AbstractContextManager[str]]) -> None:
        self._start = start
        self.start()

    def start(self) -> None:
        """Returns when it answers."""
        self._running = ExitStack()
        self.url = self._running.enter_context(self._start())

    def kill(self) -> None:
        self._running.close()


@contextmanager
def own_postgres() -> Iterator[Server]:
    with _home() as home, _served(lambda: postgres.server(home, throwaway=True)) as server:
        yield server


@contextmanager
def own_valkey() -> Iterator[Server]:
    with _home() as home, _served(lambda: valkey.server(home, throwaway=True)) as server:
        yield server


@contextmanager
def _served(start: Callable[[], AbstractContextManager[str]]) -> Iterator[Server]:
    server = Server(start)
    try:
        yield server
    finally:
        server.kill()


@contextmanager
def _home() -> Iterator[Path]:
    """Found and ended by the next stack if this process is killed."""
    home = places.temporary()
    with only_one(home):
        try:
            yield home
        finally:
            orphans.end(home)
            shutil.rmtree(home, ignore_errors=True)
