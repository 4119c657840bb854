"""The product's processes as production starts them, each of which can be killed and started again."""

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import redis

from devstack import ports
from devstack.places import CHECKOUT
from devstack.run import processes
from tests.plain_http import answers
from tests.server import environment
from tests.waiting import until

# What is known late is known after two seconds here: the rest waits for it before it settles.
LAG_MS = 2000


class Site:
    def __init__(self, home: Path, **more: str) -> None:
        self.port = ports.free_port()
        self.url = f"http://{ports.LOOPBACK}:{self.port}"
        self.env = environment(**{"SITE_URL": self.url, "POSTING_LAG_MS": str(LAG_MS)} | more)
        self.commands = processes(self.port, home, demo=False)
        elsewhere = home / "another machine"
        elsewhere.mkdir()
        self.commands["second beat"] = processes(self.port, elsewhere, demo=False)["beat"]
        self._running: dict[str, subprocess.Popen] = {}

    def start(self, *names: str, clock: Sequence[str] = ()) -> None:
        """Returns when the web process answers and the worker hears. `clock` is what sets theirs wrong."""
        for name in names:
            argv = [*clock, *self.commands[name]]
            self._running[name] = subprocess.Popen(argv, cwd=CHECKOUT, env=self.env, start_new_session=True)
        if "web" in names:
            until(lambda: answers(f"{self.url}/healthz"), seconds=60, what="the web process")
        if "worker" in names:
            until(self._worker_hears, seconds=60, what="the worker")

    def kill(self, *names: str) -> None:
        """-9, its children as well: as when a machine goes."""
        for name in names:
            process = self._running.pop(name)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def stand_still(self, name: str) -> None:
        """It hears nothing and says nothing, and its sockets stay open; until `go_on` or `kill`."""
        os.killpg(self._running[name].pid, signal.SIGSTOP)

    def go_on(self, name: str) -> None:
        os.killpg(self._running[name].pid, signal.SIGCONT)

    def kill_all(self) -> None:
        self.kill(*self._running)

    def _worker_hears(self) -> bool:
        """It waits for what is in its queue."""
        with redis.Redis.from_url(self.env["REDIS_URL"]) as broker:
            here = str(broker.get_connection_kwargs()["db"])
            return any(one["cmd"] == "brpop" and one["db"] == here for one in broker.client_list())


@contextmanager
def site_in(home: Path, **more: str) -> Iterator[Site]:
    site = Site(home, **more)
    try:
        yield site
    finally:
        site.kill_all()
