"""One open page: what it already has of each conversation, what may go out to it next, how fast it may speak."""

import asyncio
import itertools
import logging
from collections.abc import Callable, Collection
from typing import Any

import asyncpg
from django.conf import settings

from chat.live import log as message_log
from chat.live.bucket import Bucket
from chat.live.log import Standing
from chat.live.outbox import Outbox, Socket
from chat.live.wire import Parcel, encode, parcel

log = logging.getLogger(__name__)
FILL_LIMIT = 200
# A page that reads has room for so much at once; a phone far away takes it before the next ping is due.
FILL_BYTES = 2**18
MOST_HELD = 256
# A message that overtook the one in front of it waits so long for that before the log is read.
GAP_WAIT_S = 0.05
TOO_SLOW, MUST_RESUME = 4008, 4010

_numbers = itertools.count(1)


class Connection:
    """Passes frames to one socket, messages in order of seq; a page that does not read is closed, not awaited.

    `session_key` and `password` (its hash) are what the user was let in by; see chat/live/standing.py.
    """

    __slots__ = (
        "_close",
        "_early",
        "_have",
        "_held",
        "_reading",
        "_wanted",
        "bookings_heard",
        "bucket",
        "id",
        "outbox",
        "over",
        "password",
        "session_key",
        "standings",
        "typed_at",
        "user_id",
    )

    def __init__(
        self,
        user_id: int,
        socket: Socket,
        close: Callable[[int], None],
        *,
        session_key: str = "",
        password: str = "",
    ) -> None:
        self.id, self.user_id = next(_numbers), user_id
        self.session_key, self.password = session_key, password
        self.bucket = Bucket(settings.CHAT_RATE_PER_S, settings.CHAT_BURST)
        self.outbox = Outbox(socket, lambda: self.end(TOO_SLOW))
        self.over = False
        self.typed_at = 0.0
        # Those of the page's conversations of which it is known; the hub keeps them up.
        self.standings: dict[int, Standing] = {}
        # So that what is read of the database meanwhile does not put back what was heard.
        self.bookings_heard = 0
        self._close = close
        self._have: dict[int, int] = {}
        # By conversation and seq: came before the one in front of it.
        self._early: dict[int, dict[int, Parcel]] = {}
        # Heard while the log is being read, to go out after it; None while nothing is read. Until resume, all is held.
        self._held: list[Parcel] | None = []
        self._wanted: dict[int, int] = {}
        self._reading: asyncio.Task[None] | None = None

    @property
    def convs(self) -> Collection[int]:
        """The conversations whose messages go to this page."""
        return self._have.keys()

    def has(self, conv: int) -> int:
        """Up to which seq the page was sent the conversation."""
        return self._have.get(conv, 0)

    def offer(self, frame: dict[str, Any]) -> None:
        """Queues a frame for this page alone."""
        self.pass_on(Parcel(frame["t"], encode(frame)))

    def pass_on(self, parcel: Parcel) -> None:
        if not self.over:
            self.outbox.put(parcel)

    def acknowledge(self, conv: int, seq: int, ack: dict[str, Any]) -> None:
        """The page's own message is in the log. In its place in the order, the acknowledgement stands for it here."""
        if self._held is None and seq == self._have.setdefault(conv, seq - 1) + 1:
            self._have[conv] = seq
        self.offer(ack)

    async def resume(self, pool: asyncpg.Pool, have: dict[int, int], heads: dict[int, int]) -> None:
        """Sends what came after the seq the page has, for each of its conversations, then what was heard meanwhile."""
        self._have = {conv: min(have[conv], head) for conv, head in heads.items()}
        self._wanted = dict(heads)
        await self._read_log(pool)

    def deliver(self, pool: asyncpg.Pool, parcel: Parcel) -> None:
        """Passes a frame on; messages in order of seq: seen ones are dropped, a gap is filled from the log first.

        Never waits: whoever listens for a whole process cannot stand still for one page.
        """
        if self._held is not None:
            self._hold(parcel)
        elif parcel.t == "msg":
            self._in_order(pool, parcel)
        else:
            self.pass_on(parcel)

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
        self.outbox.stop()
        if self._reading:
            self._reading.cancel()

    def end(self, code: int) -> None:
        """Stops and closes the socket, once."""
        if not self.over:
            self.stop()
            self._close(code)

    def _hold(self, parcel: Parcel) -> None:
        if parcel.losable:
            return
        if len(self._held) < MOST_HELD:
            self._held.append(parcel)
        else:
            self.end(TOO_SLOW)

    def _in_order(self, pool: asyncpg.Pool, parcel: Parcel) -> None:
        conv, seq = parcel.conv, parcel.seq
        have = self._have.setdefault(conv, seq - 1)
        if seq == have + 1:
            self._have[conv] = seq
            self.pass_on(parcel)
            self._catch_up_early(conv)
        elif seq > have:
            self._wait_for_the_one_before(pool, parcel)

    def _catch_up_early(self, conv: int) -> None:
        """Those that had come before the one that has just come."""
        early = self._early.get(conv)
        while early and (parcel := early.pop(self._have[conv] + 1, None)):
            self._have[conv] += 1
            self.pass_on(parcel)

    def _wait_for_the_one_before(self, pool: asyncpg.Pool, parcel: Parcel) -> None:
        if parcel.conv not in self._early:
            self._early[parcel.conv] = {}
            asyncio.get_running_loop().call_later(GAP_WAIT_S, self._give_up_waiting, pool, parcel.conv)
        self._early[parcel.conv][parcel.seq] = parcel

    def _give_up_waiting(self, pool: asyncpg.Pool, conv: int) -> None:
        early = self._early.pop(conv, None)
        if early and not self.over:
            self.reach(pool, {conv: max(early)})

    async def _read_log(self, pool: asyncpg.Pool) -> None:
        try:
            while self._wanted:
                await self._fill(pool, *self._wanted.popitem())
        except Exception:
            log.warning("a page must resume: its log could not be read", exc_info=True)
            self.end(MUST_RESUME)
        held, self._held = self._held, None
        for each in held:
            self.deliver(pool, each)

    async def _fill(self, pool: asyncpg.Pool, conv: int, upto: int) -> None:
        """What is too much at once the page fetches itself, as it can take it."""
        have = self._have[conv]
        self._have[conv] = max(have, upto)
        parcels = []
        if 0 < upto - have <= FILL_LIMIT:
            parcels = [parcel(frame) for frame in await message_log.after(pool, self.user_id, conv, have, FILL_LIMIT)]
        if upto - have > FILL_LIMIT or sum(len(each.data) for each in parcels) > FILL_BYTES:
            self.offer({"t": "resync", "conv": conv, "head": upto})
            return
        for each in parcels:
            self._have[conv] = max(upto, each.seq)
            self.pass_on(each)
