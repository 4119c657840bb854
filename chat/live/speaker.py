"""What this process says to the others, over Redis: hints that may be lost. Who speaks does not wait; what is said
while Redis is busy goes together."""

import asyncio
import logging
from collections.abc import Iterable

import hiredis
import redis.asyncio as redis
from django.conf import settings

from chat.live.wire import Parcel, pack
from chat.services.fanout import channel_of

log = logging.getLogger(__name__)
PUBLISH_TIMEOUT_S = 1
# Without Redis for so long, hints are worth nothing any more: every process looks at the log by then.
MOST_WAITING = 10_000


class Speaker:
    """`process` is what the others know this one by.

    Redis is told not to answer: how many heard a hint tells nothing, and each answer costs as much as the hint.
    """

    def __init__(self, process: str) -> None:
        # Speaking must not wait for a Redis that hangs.
        limits = {"socket_timeout": PUBLISH_TIMEOUT_S, "socket_connect_timeout": PUBLISH_TIMEOUT_S}
        self._line = redis.ConnectionPool.from_url(settings.REDIS_URL, **limits).make_connection()
        self.process = process
        self._waiting: list[bytes] = []
        self._speaking: asyncio.Task[None] | None = None
        self._line_is_old = False

    def say(self, user_ids: Iterable[int], parcel: Parcel) -> None:
        """To all pages of these users in other processes."""
        packed = pack(parcel, self.process)
        if len(self._waiting) < MOST_WAITING:
            self._waiting += [hiredis.pack_command(("PUBLISH", channel_of(user), packed)) for user in user_ids]
        if self._speaking is None:
            self._speaking = asyncio.create_task(self._say_what_waits())

    def hang_up(self) -> None:
        """Redis is not the one it was, so nothing more is said on this line: it would be lost without a word."""
        self._line_is_old = True

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
                await self._publish(hints)
        finally:
            self._speaking = None

    async def _publish(self, hints: list[bytes]) -> None:
        try:
            await self._connect()
            await self._line.send_packed_command(hints)
        except (redis.RedisError, OSError) as error:
            # Other processes find out in their next round.
            log.warning("%s hints are lost: %r", len(hints), error)

    async def _connect(self) -> None:
        if self._line_is_old:
            self._line_is_old = False
            await self._line.disconnect(nowait=True)
        if not self._line.is_connected:
            await self._line.connect()
            await self._line.send_command("CLIENT", "REPLY", "OFF")
