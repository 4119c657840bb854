"""Who takes part: for each how its database is made and how its one process is started.

All get the same: one web process, a database of their own in one PostgreSQL, an empty Valkey.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.chat import databases, ours
from bench.chat.installed import NODE, PACKAGES, PEERS, node_packages, python_packages
from bench.meter.processes import started
from devstack import ports
from devstack.places import CHECKOUT

# pg's own default. Fewer connections were slower here, 8 as fast, 16 slower.
NODE_POOL = "10"
# So many pipelined connections instead, which takes less of Node's time when hundreds write at once.
NODE_PIPES = os.environ.get("NODE_PIPES", "")
START_S = 60


class Contestant:
    name: str
    dialect: str

    @property
    def database(self) -> str:
        return f"bench_{self.name}"

    @property
    def made(self) -> str:
        """The database its own are copied from."""
        return f"bench_{self.name}_made"

    def prepare(self, sessions: int) -> None:
        """Once: installs what is missing, makes the database that is copied."""
        raise NotImplementedError

    def fill(self) -> Sequence[str]:
        """Each time: what must be of this moment. The people's session keys, of those who need one."""
        return ()

    def command(self, port: int) -> list[str]:
        raise NotImplementedError

    def environment(self, port: int) -> Mapping[str, str]:
        raise NotImplementedError

    @contextmanager
    def running(self) -> Iterator["Server"]:
        """Its process on a fresh database, until the block ends."""
        databases.create(self.database, like=self.made)
        keys = self.fill()
        databases.settle(self.database)
        databases.forget_all()
        port = ports.free_port()
        variables = {"DATABASE_URL": databases.url(self.database), **self.environment(port)}
        with started({"web": self.command(port)}, variables) as pids:
            wait_for(port, self.name)
            yield Server(self, port, pids["web"], keys)


@dataclass(frozen=True)
class Server:
    contestant: Contestant
    port: int
    pid: int
    keys: Sequence[str]


class Ours(Contestant):
    name = dialect = "ours"

    @property
    def made(self) -> str:
        return databases.MIGRATED

    def prepare(self, sessions: int) -> None:
        self.sessions = sessions
        ours.migrate()
        self.rows = ours.signed_in(2 * sessions)

    def fill(self) -> Sequence[str]:
        ours.fill(self.database, self.sessions, self.rows)
        return [key for key, _ in self.rows]

    def command(self, port: int) -> list[str]:
        return ours.web(port)

    def environment(self, port: int) -> Mapping[str, str]:
        return ours.VARIABLES


@dataclass
class Tutorial(Contestant):
    name: str
    layer: str
    dialect: str = "tutorial"

    def prepare(self, sessions: int) -> None:
        python_packages()
        databases.create(self.made)
        variables = {**os.environ, "DATABASE_URL": databases.url(self.made), **self.environment(0)}
        argv = [sys.executable, "-m", "django", "migrate", "--run-syncdb", "--verbosity", "0"]
        subprocess.run(argv, check=True, cwd=CHECKOUT, env=variables)

    def command(self, port: int) -> list[str]:
        quiet = ["--log-level", "warning", "--no-access-log"]
        address = ["--host", ports.LOOPBACK, "--port", str(port), "--ws", "websockets"]
        where = "bench.chat.peers.tutorial.asgi:application"
        return [sys.executable, "-W", "ignore", "-m", "uvicorn", where, *address, *quiet]

    def environment(self, port: int) -> Mapping[str, str]:
        settings = "bench.chat.peers.tutorial.settings"
        return {"PYTHONPATH": str(PACKAGES), "DJANGO_SETTINGS_MODULE": settings, "TUTORIAL_LAYER": self.layer}


@dataclass
class Node(Contestant):
    name: str

    @property
    def dialect(self) -> str:
        return self.name

    def prepare(self, sessions: int) -> None:
        python_packages()
        self.packages = node_packages(self.name)
        databases.create(self.made)
        with databases.cursor(self.made) as sql:
            sql.execute((PEERS / "schema.sql").read_text(), {"sessions": sessions})

    def command(self, port: int) -> list[str]:
        return [str(NODE), str(PEERS / self.name / "server.js")]

    def environment(self, port: int) -> Mapping[str, str]:
        asked = {"PORT": str(port), "POOL": NODE_POOL, "PIPES": NODE_PIPES}
        return {**asked, "NODE_PATH": str(self.packages), "NODE_ENV": "production"}


LAYERS = "channels_redis"
EVERYBODY: list[Contestant] = [
    Ours(),
    Tutorial("tutorial_pubsub", f"{LAYERS}.pubsub.RedisPubSubChannelLayer"),
    Tutorial("tutorial_core", f"{LAYERS}.core.RedisChannelLayer"),
    Node("node_ws"),
    Node("socketio"),
]


def wait_for(port: int, name: str) -> None:
    until = time.monotonic() + START_S
    while not ports.answers(port):
        if time.monotonic() > until:
            raise SystemExit(f"{name} does not answer.")
        time.sleep(0.05)


def memory_kib(pid: int) -> int:
    """What of the process is in memory."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
