"""What a killed stack left running on a data directory."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import psutil

from devstack.children import TAG

SERVERS = {"postgres", "valkey-server"}  # they overwrite their environment, but each sits in its data directory


def end(data_dir: Path) -> int:
    """End them all; the count. Only for whoever holds the stack's lock."""
    homes = {(data_dir / name).resolve() for name in ("postgres", "valkey")}
    found = [process for process in psutil.process_iter() if _belongs(process, data_dir, homes)]
    for step in (None, signal.SIGQUIT, signal.SIGKILL):
        for process in found:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(step or _polite(process))
        _, left = psutil.wait_procs(found, timeout=5)
        if not left:
            break
    return len(found)


def _belongs(process: psutil.Process, data_dir: Path, homes: set[Path]) -> bool:
    with suppress(psutil.Error):
        if process.pid == os.getpid():
            return False
        if process.name() in SERVERS:
            return Path(process.cwd()) in homes
        return process.environ().get(TAG) == str(data_dir)
    return False


def _polite(process: psutil.Process) -> signal.Signals:
    """PostgreSQL stops at once on SIGINT; on SIGTERM it would wait for its clients."""
    return signal.SIGINT if process.name() == "postgres" else signal.SIGTERM
