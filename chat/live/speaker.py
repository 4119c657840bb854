"""What this process says to the others, over Redis: hints that may be lost. Who speaks does not wait; what is said
while Redis is busy goes together."""

import asyncio
import logging
from collections.abc import Iterable

import redis.asyncio as redis
from django.conf import settings
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from chat.live.wire import Parcel, pack
from chat.services.fanout import channel_of

log = logging.getLogger(__name__)
PUBLISH_TIMEOUT_S = 1
# Without Redis for so long, hints are worth nothing any more: every process looks at the log by then.
MOST_WAITING = 10_000


class Speaker:
    """`process` is what the others know this one by."""

    def __init__(self, process: str) -> None:
        # Speaking must not wait for a Redis that hangs.
        self.redis = redis.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=PUBLISH_TIMEOUT_S,
            socket_connect_timeout=PUBLISH_TIMEOUT_S,
            retry=Retry(NoBackoff(), 1),
        )
        self.process = process
        self._waiting: list[tuple[str, bytes]] = []
        self._speaking: asyncio.Task[None] | None = None

    def say(self, user_ids: Iterable[int], parcel: Parcel) -> None:
        """To all pages of these users in other processes."""
        packed = pack(parcel, self.process)
        if len(self._waiting) < MOST_WAITING:
            self._waiting += [(channel_of(user_id), packed) for user_id in user_ids]
        if self._speaking is None:
            self._speaking = asyncio.create_task(self._say_what_waits())

    async def said(self) -> None:
        """Returns when everything so far has been said, or could not be."""
        while self._speaking:
            await asyncio.wait([self._speaking])

    async def close(self) -> None:
        await self.said()
        await self.redis.aclose()

    async def _say_what_waits(self) -> None:
        try:
            while self._waiting:
                hints, self._waiting = self._waiting, []
                await self._publish(hints)
        finally:
            self._speaking = None

    async def _publish(self, hints: list[tuple[str, bytes]]) -> None:
        try:
            async with self.redis.pipeline(transaction=False) as pipe:
                for channel, packed in hints:
                    pipe.publish(channel, packed)
                await pipe.execute()
        except (redis.RedisError, OSError) as error:
            # Other processes find out in their next round.
            log.warning("%s hints are lost: %r", len(hints), error)
