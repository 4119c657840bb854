"""One stack per data directory."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devstack.errors import StackError


def is_held(data_dir: Path) -> bool:
    """Whether a stack lives there now. Whoever comes to take the lock in this very moment is turned away."""
    try:
        with (data_dir / "lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


@contextmanager
def only_one(data_dir: Path) -> Iterator[None]:
    """Held until the block ends or the process dies, however it dies. Raises StackError when another holds it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read() or "?"
            raise StackError(f"It already runs in this checkout (process {holder}): stop that one first.") from None
        os.register_at_fork(after_in_child=file.close)  # a fork that outlives us must not hold it for us
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
