"""Waiting for what another process does."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

Seen = TypeVar("Seen")


def until(look: Callable[[], Seen], *, seconds: float = 10, what: str = "") -> Seen:
    """The first true answer of `look`. Fails after `seconds` with the last one."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, f"waited {seconds} s for {what or look}: {seen!r}"
        time.sleep(0.05)
    return seen


async def eventually(look: Callable[[], Awaitable[Seen]], expected: Seen, *, seconds: float = 10) -> None:
    """Returns when `look` gives what is expected. Fails after `seconds` with what it gave last."""
    deadline = time.monotonic() + seconds
    while (seen := await look()) != expected:
        assert time.monotonic() < deadline, f"waited {seconds} s for {expected!r}: {seen!r}"
        await asyncio.sleep(0.05)
