"""What a process does again and again as long as it runs."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

log = logging.getLogger(__name__)


async def each(seconds: float, work: Callable[[], Awaitable[Any]]) -> None:
    """Never ends by itself: what fails is tried again in the next round."""
    while True:
        await asyncio.sleep(seconds)
        await go_on_after_errors(work())


async def go_on_after_errors(work: Awaitable[Any]) -> None:
    try:
        await work
    except Exception:
        log.exception("the next round tries again")
