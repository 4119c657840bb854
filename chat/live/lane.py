"""Group commit: what all sockets of this process say at about the same time is written by one statement.

What comes while it is on its way is the next one: it goes when the first is back, or beside it once very much has come.
Half of what waits stays for the next: so the database has something while the pages are told, and answer. A quiet
process writes batches of one and waits for nothing. What a batch does not write is written by itself, so nobody's
message suffers from another's.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any

import asyncpg

from chat.live import log as message_log
from chat.live.connection import Connection
from chat.live.frames import Send
from chat.live.log import PASSING, Written

log = logging.getLogger(__name__)
# So many go without leaving half behind.
FEW = 8
MOST_TOGETHER = 256
# From here on a second one goes beside the first: then the database is what all wait for.
MUCH = 64
MOST_WAITING = 10_000
MOST_APART = 256
MOST_TOLD_AT_ONCE = 8
# Then all are told at once: who writes faster than is told would fill the memory.
MOST_UNTOLD = 1024
# A third one was no faster: each has less to write, and a commit costs the same.
MOST_BATCHES = 2
# The rest of the pool is for the batches and for reading.
MOST_BY_THEMSELVES = message_log.POOL - MOST_BATCHES - 1


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
    """`written(outgoing, written)` hears of what is in the log; `failed(outgoing, error)` of what is not, or is not
    known to be."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        written: Callable[[Outgoing, Written], None],
        failed: Callable[[Outgoing, Exception], None],
    ) -> None:
        self._pool, self._written, self._failed = pool, written, failed
        self._waiting: deque[Outgoing] = deque()
        # By conversation what is written by itself, and what comes after that.
        self._apart: dict[int, deque[Outgoing]] = {}
        self._turns = asyncio.Semaphore(MOST_BY_THEMSELVES)
        # In the log, in the order of the log.
        self._untold: deque[tuple[Outgoing, Written]] = deque()
        # Conversations of which something is on its way in a batch.
        self._flying: set[int] = set()
        self._driving: set[asyncio.Task[None]] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, outgoing: Outgoing) -> None:
        """Raises Overloaded."""
        if len(self._waiting) >= MOST_WAITING:
            raise Overloaded
        self._waiting.append(outgoing)
        self._drive()

    def close(self) -> None:
        for task in (*self._tasks, *self._driving):
            task.cancel()

    def _drive(self) -> None:
        much_waits = len(self._waiting) >= max(MUCH, len(self._flying))
        if not self._driving or (much_waits and len(self._driving) < MOST_BATCHES):
            self._driving.add(asyncio.create_task(self._write_what_waits()))

    async def _write_what_waits(self) -> None:
        """One connection for as long as something waits: to give it back is a round trip more, which each would pay."""
        try:
            while batch := self._next_batch():
                await self._write_all(batch)
        finally:
            # In the same step that found nothing: what comes a moment later has to start another one.
            self._driving.discard(asyncio.current_task())

    async def _write_all(self, batch: list[Outgoing]) -> None:
        """The database has the next ones before the pages are told of these, so that neither waits for the other. Where
        none wait the pages are told first, for they will answer: each batch costs a commit.

        Nothing comes between an answer of the database and the next statement, which goes out before it is awaited."""
        try:
            async with self._pool.acquire() as connection:
                while batch:
                    found = await self._write(connection, batch)
                    written, batch = batch, []
                    self._land(written)
                    self._set_apart([each for place, each in enumerate(written) if place not in found])
                    self._tell_soon((written[place], each) for place, each in sorted(found.items()))
                    if not self._waiting or len(self._untold) > MOST_UNTOLD:
                        self._tell(len(self._untold))
                        await asyncio.sleep(0)
                    batch = self._next_batch()
        except (*PASSING, asyncpg.PostgresError) as error:
            # Landed only here, for to give the connection back is waited for, and what follows must not overtake.
            self._land(batch)
            self._fail(batch, error)

    def _next_batch(self) -> list[Outgoing]:
        """The oldest half, of each conversation those of one sender; what cannot go with them stays in its order.

        Taken all at once, people who answer each other would go round together: the database, the pages and they
        themselves would each do nothing while another works."""
        batch, stays, sender, cmids = [], [], {}, set()
        most = min(MOST_TOGETHER, max(FEW, (len(self._waiting) + 1) // 2))
        while self._waiting and len(batch) < most and len(batch) + len(stays) < MOST_TOGETHER:
            each = self._waiting.popleft()
            conv, who, cmid = each.send.conv, each.page.user_id, each.send.cmid
            if conv in self._apart:
                self._put_apart(each)
            elif conv not in self._flying and sender.setdefault(conv, who) == who and cmid not in cmids:
                batch.append(each)
                cmids.add(cmid)
                if each.send.body is None:
                    # A picture is written by itself, after the batch.
                    sender[conv] = None
            else:
                # Nothing of this conversation may overtake it.
                sender[conv] = None
                stays.append(each)
        self._waiting.extendleft(reversed(stays))
        self._flying.update(each.send.conv for each in batch)
        return batch

    def _land(self, batch: list[Outgoing]) -> None:
        self._flying.difference_update(each.send.conv for each in batch)

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
        for each in left:
            if each.send.conv not in self._apart:
                self._apart[each.send.conv] = deque()
                self._task(self._write_by_themselves(each.send.conv))
            self._put_apart(each)

    def _put_apart(self, each: Outgoing) -> None:
        queue = self._apart[each.send.conv]
        if len(queue) < MOST_APART:
            queue.append(each)
        else:
            self._fail([each], Overloaded())

    def _tell_soon(self, in_the_log: Iterable[tuple[Outgoing, Written]]) -> None:
        if not self._untold:
            asyncio.get_running_loop().call_soon(self._tell_on)
        self._untold.extend(in_the_log)

    def _tell_on(self) -> None:
        """A few at a time: the database has answered meanwhile, and is not to wait for all of them."""
        self._tell(MOST_TOLD_AT_ONCE)
        if self._untold:
            asyncio.get_running_loop().call_soon(self._tell_on)

    def _tell(self, most: int) -> None:
        for _ in range(min(most, len(self._untold))):
            try:
                self._written(*self._untold.popleft())
            except Exception:
                log.exception("nobody was told of a message that is in the log")

    def _fail(self, several: Iterable[Outgoing], error: Exception) -> None:
        for each in several:
            self._failed(each, error)

    def _task(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _write_by_themselves(self, conv: int) -> None:
        queue = self._apart[conv]
        while queue:
            async with self._turns:
                await self._write_one(queue.popleft(), queue)
        del self._apart[conv]
        self._drive()

    async def _write_one(self, each: Outgoing, behind: deque[Outgoing]) -> None:
        one = message_log.write_one(self._pool, each.page.user_id, each.send, client_here=each.client_here)
        # Whatever it was: the page is told, and the next one has its turn.
        [written] = await asyncio.gather(one, return_exceptions=True)
        if not isinstance(written, Exception):
            self._tell_soon([(each, written)])
            return
        self._fail([each], written)
        if isinstance(written, PASSING):
            # Each would wait as long for the same lock, one after the other.
            self._fail(behind, written)
            behind.clear()
