"""What this process says to the others, over Redis: hints that may be lost. Who speaks does not wait; what is said
while Redis is busy goes together."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Sequence

import hiredis
import redis.asyncio as redis
from django.conf import settings

from chat.live.wire import Parcel, pack
from chat.services.fanout import channel_of

log = logging.getLogger(__name__)
ANSWER_TIMEOUT_S = 3
# Without Redis for so long, hints are worth nothing any more: every process looks at the log by then.
MOST_WAITING = 10_000
# A question costs both ends more than the hints: what comes within a moment is asked about together.
PAUSE_S = 0.01
# For so long nobody is asked again whom of the others a message of this user reaches, once it was none. Whoever begins
# to listen meanwhile looks at the log once more after that: see hub.LOOK_AGAIN_S.
BELIEVED_S = 0.08
MOST_BELIEVED = 10_000
SILENT = hiredis.pack_command(("CLIENT", "REPLY", "OFF"))
ANSWERING = hiredis.pack_command(("CLIENT", "REPLY", "ON"))

# To a user, and what is said.
Hint = tuple[int, bytes]


class Speaker:
    """`process` is what the others know this one by; `hears(channel)` is None unless Redis counts this one among those
    who listen there, and equal as long as it has done so without a break.

    Redis is asked who listens elsewhere. What is for nobody else would come back here alone, and to send, hear and drop
    that takes more than the question. Of a user's messages the answer "nobody" is believed for a moment: who begins to
    listen meanwhile looks at the log after that. What is in no log is asked about each time.
    """

    def __init__(self, process: str, hears: Callable[[str], object | None]) -> None:
        # How long a Redis that hangs is waited for is said once for question and answer: see _say.
        self._line = redis.ConnectionPool.from_url(settings.REDIS_URL, socket_timeout=None).make_connection()
        self.process, self._hears = process, hears
        self._waiting: list[Hint] = []
        # By user until when it is believed that nobody listens elsewhere.
        self._nowhere_else: dict[int, float] = {}
        self._speaking: asyncio.Task[None] | None = None

    def say(self, user_ids: Sequence[int], parcel: Parcel) -> None:
        """To all pages of these users in other processes."""
        if parcel.t == "msg" and self._reaches_nobody_else(user_ids):
            return
        packed = pack(parcel, self.process)
        if len(self._waiting) < MOST_WAITING:
            self._waiting += [(user, packed) for user in user_ids]
        if self._speaking is None:
            self._speaking = asyncio.create_task(self._say_what_waits())

    def _reaches_nobody_else(self, user_ids: Sequence[int]) -> bool:
        now = time.monotonic()
        return all(self._nowhere_else.get(user, 0) > now for user in user_ids)

    def believe_nothing(self) -> None:
        """For somebody may have been taken for this process, which was not heard any more."""
        self._nowhere_else.clear()

    async def said(self) -> None:
        """Returns when everything so far has been said, or could not be."""
        while self._speaking:
            await asyncio.wait([self._speaking])

    async def close(self) -> None:
        await self.said()
        await self._line.disconnect(nowait=True)

    async def _say_what_waits(self) -> None:
        try:
            while self._waiting:
                hints, self._waiting = self._waiting, []
                await self._say(hints)
                await asyncio.sleep(PAUSE_S)
        finally:
            self._speaking = None

    async def _say(self, hints: list[Hint]) -> None:
        was_up = self._line.is_connected
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                elsewhere = await self._heard_elsewhere({user for user, _ in hints})
                await self._publish([(channel_of(user), said) for user, said in hints if user in elsewhere])
        except Exception as error:
            await self._line.disconnect(nowait=True)
            if was_up:
                # Redis may be another one since, where the others listen already.
                return await self._say(hints)
            # Other processes find out in their next round.
            trouble = not isinstance(error, redis.RedisError | OSError)
            log.warning("%s hints are lost: %r", len(hints), error, exc_info=trouble)

    async def _heard_elsewhere(self, users: Collection[int]) -> set[int]:
        if not self._line.is_connected:
            await self._line.connect()
        channels, asked_at = [channel_of(user) for user in users], time.monotonic()
        # Before as after: a subscription that comes or goes meanwhile may be counted or not. One that was cut and is
        # not known to be yet costs the others a hint.
        here = [self._hears(channel) for channel in channels]
        await self._line.send_packed_command(hiredis.pack_command(("PUBSUB", "NUMSUB", *channels)))
        counts = (await self._line.read_response())[1::2]
        asked = zip(users, channels, here, counts, strict=True)
        elsewhere = {user for user, at, before, n in asked if n > (before is not None and before == self._hears(at))}
        self._believe(users, elsewhere, asked_at)
        return elsewhere

    def _believe(self, users: Collection[int], elsewhere: set[int], asked_at: float) -> None:
        if len(self._nowhere_else) > MOST_BELIEVED:
            self._nowhere_else.clear()
        self._nowhere_else |= {user: 0 if user in elsewhere else asked_at + BELIEVED_S for user in users}

    async def _publish(self, hints: Collection[tuple[str, bytes]]) -> None:
        """One answer for all: to read one for each costs as much as the hint."""
        if hints:
            said = [hiredis.pack_command(("PUBLISH", *hint)) for hint in hints]
            await self._line.send_packed_command([SILENT, *said, ANSWERING])
            await self._line.read_response()
