"""One open page: what it already has, what still has to be written to it, how fast it may speak."""

import asyncio
import itertools
import logging
import time
from collections.abc import Awaitable, Callable, Collection
from typing import Any

import asyncpg

from chat.live import log as message_log
from chat.live.log import encode

log = logging.getLogger(__name__)
QUEUE_LIMIT = 256
PING_AFTER_S = 25
RATE_PER_S = 10
BURST = 20
FILL_LIMIT = 200
TOO_SLOW, MUST_RESUME = 4008, 4010

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
    """Writes frames to one socket in order, from a bounded queue; a page that does not read is closed, not awaited.

    `session_key` and `password` (its hash) are what the user was let in by; see chat/live/standing.py.
    """

    def __init__(
        self,
        user_id: int,
        write: Callable[[str], Awaitable[None]],
        close: Callable[[int], Awaitable[None]],
        *,
        session_key: str = "",
        password: str = "",
    ) -> None:
        self.id, self.user_id = next(_numbers), user_id
        self.session_key, self.password = session_key, password
        self.bucket = Bucket()
        self.over = False
        self._write, self._close = write, close
        self._queue: asyncio.Queue[str] = asyncio.Queue(QUEUE_LIMIT)
        # Whether a conversation waits for the time of an appointment, of those of which it is known.
        self.appointments: dict[int, bool] = {}
        self._have: dict[int, int] = {}
        # Heard while the log is being read, to go out after it; None while nothing is read. Until resume, all is held.
        self._held: list[dict[str, Any]] | None = []
        self._wanted: dict[int, int] = {}
        self._reading: asyncio.Task[None] | None = None
        self._writer = asyncio.create_task(self._write_forever())

    @property
    def convs(self) -> Collection[int]:
        """The conversations whose messages go to this page."""
        return self._have.keys()

    def meet(self, conv: int, *, appointment: bool) -> None:
        """Whether the conversation's booking is an appointment whose clock has not started."""
        self.appointments[conv] = appointment

    def offer(self, frame: dict[str, Any]) -> None:
        """Queues a frame; a full queue closes the socket, and the page resumes by seq."""
        if self.over:
            return
        try:
            self._queue.put_nowait(encode(frame))
        except asyncio.QueueFull:
            self.end(TOO_SLOW)

    async def resume(self, pool: asyncpg.Pool, have: dict[int, int], heads: dict[int, int]) -> None:
        """Sends what came after the seq the page has, for each of its conversations, then what was heard meanwhile."""
        self._have = {conv: min(have[conv], head) for conv, head in heads.items()}
        self._wanted = dict(heads)
        await self._read_log(pool)

    def deliver(self, pool: asyncpg.Pool, frame: dict[str, Any]) -> None:
        """Passes a frame on; messages in order of seq: seen ones are dropped, a gap is filled from the log first.

        Never waits: whoever listens for a whole process cannot stand still for one page.
        """
        if frame["t"] == "booking" and frame["conv"]:
            booking = frame["booking"]
            self.meet(frame["conv"], appointment=booking["state"] == "accepted" and booking["starts_ms"] is not None)
        if self._held is not None:
            self._hold(frame)
        elif frame["t"] == "msg":
            self._pass_on(pool, frame)
        else:
            self.offer(frame)

    def reach(self, pool: asyncpg.Pool, heads: dict[int, int]) -> set[int]:
        """Fills each conversation of the page up to these heads; returns those in which it was behind."""
        behind = {conv: head for conv, head in heads.items() if head > self._have.get(conv, head)}
        self._wanted |= behind
        if behind and self._held is None:
            self._held = []
            self._reading = asyncio.create_task(self._read_log(pool))
        return set(behind)

    def stop(self) -> None:
        """Nothing is written or heard any more."""
        self.over = True
        self._writer.cancel()
        if self._reading:
            self._reading.cancel()

    def end(self, code: int) -> None:
        """Stops and closes the socket, once."""
        if not self.over:
            self.stop()
            self._closing = asyncio.create_task(self._close(code))

    def _hold(self, frame: dict[str, Any]) -> None:
        if len(self._held) < QUEUE_LIMIT:
            self._held.append(frame)
        else:
            self.end(TOO_SLOW)

    def _pass_on(self, pool: asyncpg.Pool, frame: dict[str, Any]) -> None:
        conv, seq = frame["conv"], frame["seq"]
        have = self._have.setdefault(conv, seq - 1)
        if seq == have + 1:
            self._have[conv] = seq
            self.offer(frame)
        elif seq > have:
            self.reach(pool, {conv: seq})

    async def _read_log(self, pool: asyncpg.Pool) -> None:
        try:
            while self._wanted:
                await self._fill(pool, *self._wanted.popitem())
        except Exception:
            log.warning("a page must resume: its log could not be read", exc_info=True)
            self.end(MUST_RESUME)
        held, self._held = self._held, None
        for frame in held:
            self.deliver(pool, frame)

    async def _fill(self, pool: asyncpg.Pool, conv: int, upto: int) -> None:
        have = self._have[conv]
        self._have[conv] = max(have, upto)
        if upto - have > FILL_LIMIT:
            # The page fetches a long absence itself, page by page.
            self.offer({"t": "resync", "conv": conv, "head": upto})
        elif upto > have:
            for frame in await message_log.after(pool, self.user_id, conv, have, FILL_LIMIT):
                self._have[conv] = max(upto, frame["seq"])
                self.offer(frame)

    async def _write_forever(self) -> None:
        while True:
            try:
                text = await asyncio.wait_for(self._queue.get(), PING_AFTER_S)
            except TimeoutError:
                text = encode({"t": "ping"})
            await self._write(text)
