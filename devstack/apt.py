"""What only the tests need of a Debian machine."""

import os
import shutil
import subprocess
from collections.abc import Sequence

FAKETIME = "faketime"


def ensure_faketime() -> None:
    """A clock that is off, for tests/faults; without it those tests skip."""
    if not shutil.which(FAKETIME):
        install([FAKETIME])


def install(packages: Sequence[str]) -> None:
    """Where that is possible: apt, and we are root. A failure is not the end: who needs them looks again."""
    if not packages or not shutil.which("apt-get") or os.geteuid() != 0:
        return
    print(f"Installing {' and '.join(packages)} for the tests", flush=True)
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        subprocess.run(
            ["apt-get", *arguments], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False
        )
