"""One open page: what it already has, what still has to be written to it, how fast it may speak."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from chat.live import log
from chat.live.log import encode

QUEUE_LIMIT = 256
PING_AFTER_S = 25
RATE_PER_S = 10
BURST = 20
FILL_LIMIT = 200
TOO_SLOW = 4008

_numbers = itertools.count(1)


class Bucket:
    """A token bucket: BURST frames at once, RATE_PER_S in the long run."""

    def __init__(self) -> None:
        self.tokens, self.at = float(BURST), time.monotonic()

    def wait_s(self) -> float:
        """Takes a token and returns 0, or returns how long until there is one."""
        now = time.monotonic()
        self.tokens = min(BURST, self.tokens + (now - self.at) * RATE_PER_S)
        self.at = now
        if self.tokens < 1:
            return (1 - self.tokens) / RATE_PER_S
        self.tokens -= 1
        return 0.0


class Connection:
    """Writes frames to one socket in order, from a bounded queue; a page that does not read is closed, not awaited."""

    def __init__(
        self,
        user_id: int,
        write: Callable[[str], Awaitable[None]],
        close: Callable[[int], Awaitable[None]],
    ) -> None:
        self.id, self.user_id = next(_numbers), user_id
        self.bucket = Bucket()
        self._write, self._close = write, close
        self._queue: asyncio.Queue[str] = asyncio.Queue(QUEUE_LIMIT)
        self._have: dict[int, int] = {}
        self._order = asyncio.Lock()
        self._writer = asyncio.create_task(self._write_forever())

    def offer(self, frame: dict[str, Any]) -> None:
        """Queues a frame; a full queue closes the socket, and the page resumes by seq."""
        try:
            self._queue.put_nowait(encode(frame))
        except asyncio.QueueFull:
            self._writer.cancel()
            self._closing = asyncio.create_task(self._close(TOO_SLOW))

    async def resume(self, pool: asyncpg.Pool, have: dict[int, int], heads: dict[int, int]) -> None:
        """Sends what came after the seq the page has, for each of its conversations."""
        for conv, head in heads.items():
            async with self._order:
                self._have[conv] = min(have[conv], head)
                await self._fill(pool, conv, head)

    async def deliver(self, pool: asyncpg.Pool, frame: dict[str, Any]) -> None:
        """Passes a frame on; messages in order of seq: seen ones are dropped, a gap is filled from the log first."""
        if frame["t"] != "msg":
            self.offer(frame)
            return
        async with self._order:
            conv, seq = frame["conv"], frame["seq"]
            have = self._have.setdefault(conv, seq - 1)
            if seq == have + 1:
                self._have[conv] = seq
                self.offer(frame)
            elif seq > have:
                await self._fill(pool, conv, seq)

    async def catch_up(self, pool: asyncpg.Pool) -> None:
        """After hints may have been lost: fills every conversation up to its head."""
        heads = await log.heads(pool, self.user_id, list(self._have)) if self._have else {}
        for conv, head in heads.items():
            async with self._order:
                await self._fill(pool, conv, head)

    def stop(self) -> None:
        self._writer.cancel()

    async def _fill(self, pool: asyncpg.Pool, conv: int, upto: int) -> None:
        if upto - self._have[conv] > FILL_LIMIT:
            # The page fetches a long absence itself, page by page.
            self._have[conv] = upto
            self.offer({"t": "resync", "conv": conv, "head": upto})
            return
        if upto > self._have[conv]:
            for frame in await log.after(pool, self.user_id, conv, self._have[conv], FILL_LIMIT):
                self._have[conv] = frame["seq"]
                self.offer(frame)

    async def _write_forever(self) -> None:
        while True:
            try:
                text = await asyncio.wait_for(self._queue.get(), PING_AFTER_S)
            except TimeoutError:
                text = encode({"t": "ping"})
            await self._write(text)
