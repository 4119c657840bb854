"""What still has to be written to one socket: in order, bounded, by a task of its own, so that nobody waits for a page
that does not read."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

from chat.live.wire import Parcel

MOST_FRAMES = 256
MOST_CHARS = 2**20


class Outbox:
    """`too_slow()` is called when what cannot be lost does not fit any more."""

    __slots__ = ("_chars", "_queue", "_too_slow", "_wake", "_write", "_writer", "written_at")

    def __init__(self, write: Callable[[str], Awaitable[None]], too_slow: Callable[[], None]) -> None:
        self._write, self._too_slow = write, too_slow
        self._queue: deque[Parcel] = deque()
        self._chars = 0
        self._wake: asyncio.Future[None] | None = None
        self.written_at = time.monotonic()
        self._writer = asyncio.create_task(self._write_forever())

    def put(self, parcel: Parcel) -> None:
        self._queue.append(parcel)
        self._chars += len(parcel.text)
        if self._is_over():
            self._lose()
        if self._wake and not self._wake.done():
            self._wake.set_result(None)

    def stop(self) -> None:
        self._queue.clear()
        self._writer.cancel()

    def _is_over(self) -> bool:
        return len(self._queue) > MOST_FRAMES or self._chars > MOST_CHARS

    def _lose(self) -> None:
        self._queue = deque(parcel for parcel in self._queue if not parcel.losable)
        self._chars = sum(len(parcel.text) for parcel in self._queue)
        if self._is_over():
            self._too_slow()

    async def _write_forever(self) -> None:
        while True:
            while self._queue:
                text = self._queue.popleft().text
                self._chars -= len(text)
                self.written_at = time.monotonic()
                await self._write(text)
            self._wake = asyncio.get_running_loop().create_future()
            await self._wake
