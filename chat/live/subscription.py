"""The process's one connection that listens to Redis. It comes back by itself, with all that is subscribed to."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import redis.asyncio as redis
from django.conf import settings

log = logging.getLogger(__name__)
IDLE_CHANNEL = "hub:idle"
RETRY_S = 0.5
SUBSCRIBE_TIMEOUT_S = 5


class Subscription:
    """`heard(channel, text)` for each message; `confirmed(channel)` each time it is certain that more will be heard."""

    def __init__(self, heard: Callable[[str, bytes], None], confirmed: Callable[[str], None]) -> None:
        # Listening waits as long as nobody speaks.
        self._redis = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=None, socket_connect_timeout=5)
        self._pubsub = self._redis.pubsub()
        self._channels: dict[str, asyncio.Event] = {}
        # Two first subscriptions at once would open two connections, and one of them would have no listener.
        self._subscribing = asyncio.Lock()
        self._heard, self._confirmed = heard, confirmed
        self._tasks: set[asyncio.Task[None]] = set()

    async def add(self, channel: str) -> None:
        """Returns when it is heard; or after a while all the same: the confirmation that comes later is told."""
        if channel not in self._channels:
            self._channels[channel] = asyncio.Event()
            # Without Redis the listener subscribes to everything as soon as it is back.
            self._start(self._ask(self._pubsub.subscribe, channel))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._channels[channel].wait(), SUBSCRIBE_TIMEOUT_S)

    def drop(self, channel: str) -> None:
        # At once: whoever adds it again in the same moment must not be taken for heard.
        self._channels.pop(channel, None)
        self._start(self._ask(self._pubsub.unsubscribe, channel))

    async def listen_forever(self) -> None:
        while True:
            try:
                await self._subscribe(IDLE_CHANNEL, *self._channels)
                async for message in self._pubsub.listen():
                    self._hear(message)
            except Exception as error:
                log.warning(
                    "listening again in %s s: %r", RETRY_S, error, exc_info=not isinstance(error, redis.RedisError)
                )
                await asyncio.sleep(RETRY_S)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self._pubsub.aclose()
        await self._redis.aclose()

    def _hear(self, message: dict[str, Any]) -> None:
        channel = message["channel"].decode()
        if message["type"] == "message":
            self._heard(channel, message["data"])
        elif message["type"] == "subscribe" and channel in self._channels:
            self._channels[channel].set()
            self._confirmed(channel)

    async def _subscribe(self, *channels: str) -> None:
        async with self._subscribing:
            await self._pubsub.subscribe(*channels)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ask(self, ask: Callable[[str], Awaitable[None]], channel: str) -> None:
        with contextlib.suppress(redis.RedisError, OSError):
            async with self._subscribing:
                await ask(channel)
