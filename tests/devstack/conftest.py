import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from devstack import orphans, places
from devstack.places import CHECKOUT

# Says where it is, then sits there until it is told, or killed, to go.
HOLD = """
import signal, sys, time, pathlib, devstack
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored by whatever a shell has put in the background
with devstack.services(data_dir=pathlib.Path(sys.argv[1]), with_stripe=False) as stack:
    print(stack.database_url, flush=True)
    time.sleep(600)
"""


class Held:
    """A stack held by another process, so that it can be killed."""

    def __init__(self, home: Path):
        self.home = home
        argv = [sys.executable, "-c", HOLD, str(home)]
        self.launcher = subprocess.Popen(argv, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
        self.database_url = self.launcher.stdout.readline().strip()
        self.servers = psutil.Process(self.launcher.pid).children(recursive=True)

    def postmaster(self) -> psutil.Process:
        return next(server for server in self.servers if server.name() == "postgres")

    def left(self) -> list[psutil.Process]:
        """The servers that still run, after a moment for those that are ending."""
        _, alive = psutil.wait_procs(self.servers, timeout=5)
        return alive


@pytest.fixture
def home() -> Iterator[Path]:
    """A data directory with a space in its path; what a test killed half is ended after it."""
    base = places.temporary()
    made = base / "a checkout" / ".data"
    made.mkdir(parents=True)
    yield made
    orphans.end(made)
    shutil.rmtree(base)
