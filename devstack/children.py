"""Starting and stopping the servers below us."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from devstack.errors import StackError
from devstack.places import Account, identity

TAG = "WOZAI_DEVSTACK"  # in the environment of everything started, so that a killed stack's rest can be found


def environment(tag: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    return {**os.environ, **(extra or {}), TAG: str(tag), "PYTHONUNBUFFERED": "1"}


def start(
    argv: Sequence[str], *, tag: Path, cwd: Path, log: Path, account: Account | None = None, stdin: bytes = b""
) -> subprocess.Popen:
    """The server in a session of its own (a Ctrl-C in the terminal reaches only us), its output in the log file.

    `account` is who it runs as; None is ourselves. `stdin` is at most a pipe's worth, so that writing cannot block.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        child = subprocess.Popen(
            argv,
            cwd=cwd,
            env=environment(tag),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,
            **identity(account),
        )
    child.stdin.write(stdin)
    child.stdin.close()
    return child


def call(argv: Sequence[str], *, env: Mapping[str, str], cwd: Path | None = None) -> int:
    """Runs a command in our terminal; its exit code. When we are asked to end, it gets ten seconds to end as well."""
    child = subprocess.Popen(argv, env=env, cwd=cwd)
    try:
        return child.wait()
    except KeyboardInterrupt:
        with suppress(subprocess.TimeoutExpired):
            child.wait(timeout=10)  # the terminal told it too, and a second time could break off its cleaning up
        raise
    finally:
        stop(child, gently=signal.SIGTERM)


def stop(child: subprocess.Popen, *, gently: signal.Signals, firmly: signal.Signals = signal.SIGKILL) -> None:
    """Ask, wait ten seconds, insist."""
    for step in (gently, firmly, signal.SIGKILL):
        if child.poll() is not None:
            return
        child.send_signal(step)
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            continue


def wait_until(ready, *, child: subprocess.Popen, name: str, log: Path, seconds: float = 60) -> None:
    """Polls `ready` until it is true; raises StackError with the log's end if the child dies or time is up."""
    deadline = time.monotonic() + seconds
    while not ready():
        if child.poll() is not None or time.monotonic() > deadline:
            lines = log.read_text(errors="replace").strip().splitlines()
            raise StackError("\n".join([f"{name} did not start:", *lines[-10:]]))
        time.sleep(0.02)
