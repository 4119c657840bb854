"""Group commit: what all sockets of this process say at about the same time is written by one statement.

One statement is on its way at a time; what comes meanwhile is the next one. A quiet process writes batches of one and
waits for nothing. What a batch does not write is written by itself, so nobody's message suffers from another's.
"""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import asyncpg

from chat.live import log as message_log
from chat.live.connection import Connection
from chat.live.frames import Send
from chat.live.log import PASSING, Written

log = logging.getLogger(__name__)
MOST_TOGETHER = 256
MOST_WAITING = 10_000
# The rest of the pool is for the batch and for reading.
MOST_BY_THEMSELVES = message_log.POOL - 2


class Overloaded(OSError):
    """More is waiting to be written than could be in a reasonable time."""


@dataclass(slots=True, eq=False)
class Outgoing:
    """What a page said, on its way into the log. `client_here`: see write_one; `picture`: id, width and height."""

    page: Connection
    send: Send
    client_here: bool = True
    picture: dict[str, Any] | None = None


class Lane:
    """`written(pairs)` hears of what is in the log; `failed(outgoing, error)` of what is not, or may not be."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        written: Callable[[Sequence[tuple[Outgoing, Written]]], None],
        failed: Callable[[Outgoing, Exception], None],
    ) -> None:
        self._pool, self._written, self._failed = pool, written, failed
        self._waiting: deque[Outgoing] = deque()
        # Conversations of which something is being written by itself: the rest of theirs comes after that.
        self._apart: set[int] = set()
        self._turns = asyncio.Semaphore(MOST_BY_THEMSELVES)
        self._driving: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, outgoing: Outgoing) -> None:
        """Raises Overloaded."""
        if len(self._waiting) >= MOST_WAITING:
            raise Overloaded
        self._waiting.append(outgoing)
        self._drive()

    def close(self) -> None:
        for task in (*self._tasks, *filter(None, [self._driving])):
            task.cancel()

    def _drive(self) -> None:
        if self._driving is None:
            self._driving = asyncio.create_task(self._write_what_waits())

    async def _write_what_waits(self) -> None:
        """One connection for as long as something waits: to give it back is a round trip more, which each would pay."""
        try:
            while batch := self._next_batch():
                await self._write_all(batch)
        finally:
            self._driving = None

    async def _write_all(self, batch: list[Outgoing]) -> None:
        """The database has the next ones before the pages are told of these, so that neither waits for the other."""
        try:
            async with self._pool.acquire() as connection:
                writing = self._begin(connection, batch)
                while writing:
                    found = await writing
                    self._set_apart([each for place, each in enumerate(batch) if place not in found])
                    in_the_log = [(batch[place], written) for place, written in sorted(found.items())]
                    batch = self._next_batch()
                    writing = self._begin(connection, batch)
                    await asyncio.sleep(0)
                    self._written(in_the_log)
        except PASSING as error:
            for each in batch:
                self._failed(each, error)

    def _next_batch(self) -> list[Outgoing]:
        """The oldest, of each conversation those of one sender; what cannot go with them stays in its order."""
        batch, stays, sender, cmids = [], [], {}, set()
        for each in islice(self._waiting, MOST_TOGETHER):
            conv, who, cmid = each.send.conv, each.page.user_id, each.send.cmid
            if conv not in self._apart and sender.setdefault(conv, who) == who and cmid not in cmids:
                batch.append(each)
                cmids.add(cmid)
            else:
                # Nothing of this conversation may overtake it.
                sender[conv] = None
                stays.append(each)
        rest = islice(self._waiting, MOST_TOGETHER, None)
        self._waiting = deque([*stays, *rest])
        return batch

    def _begin(self, connection: asyncpg.Connection, batch: list[Outgoing]) -> asyncio.Task[dict[int, Written]] | None:
        return self._task(self._write(connection, batch)) if batch else None

    async def _write(self, connection: asyncpg.Connection, batch: list[Outgoing]) -> dict[int, Written]:
        """By place what is in the log. Raises PASSING but for a deadlock, which each alone does not get into."""
        try:
            return await message_log.write_many(connection, [(each.page.user_id, each.send) for each in batch])
        except asyncpg.TransactionRollbackError:
            return {}
        except PASSING:
            raise
        except Exception:
            log.exception("a batch is written one by one")
            return {}

    def _set_apart(self, left: list[Outgoing]) -> None:
        by_conversation = defaultdict(list)
        for each in left:
            by_conversation[each.send.conv].append(each)
        for conv, several in by_conversation.items():
            self._apart.add(conv)
            self._task(self._write_by_themselves(conv, several))

    def _task(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _write_by_themselves(self, conv: int, several: list[Outgoing]) -> None:
        for each in several:
            async with self._turns:
                await self._write_one(each)
        self._apart.discard(conv)
        self._drive()

    async def _write_one(self, each: Outgoing) -> None:
        one = message_log.write_one(self._pool, each.page.user_id, each.send, client_here=each.client_here)
        # Whatever it was: the page is told, and the next one has its turn.
        [written] = await asyncio.gather(one, return_exceptions=True)
        if isinstance(written, Exception):
            self._failed(each, written)
        else:
            self._written([(each, written)])
