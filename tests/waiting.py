"""Waiting for what another process does."""

import time
from collections.abc import Callable
from typing import TypeVar

Seen = TypeVar("Seen")


def until(look: Callable[[], Seen], *, seconds: float = 10, what: str = "") -> Seen:
    """The first true answer of `look`. Fails after `seconds` with the last one."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, f"waited {seconds} s for {what or look}: {seen!r}"
        time.sleep(0.05)
    return seen
