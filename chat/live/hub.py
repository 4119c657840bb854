"""The process's one subscription to Redis and the sockets it serves. PostgreSQL is the log; Redis is only a hint."""

import asyncio
import contextlib
import json
import logging
from typing import Any

import asyncpg
import redis.asyncio as redis
from channels.db import database_sync_to_async
from django.conf import settings

from chat.live.connection import Connection
from chat.live.log import encode, open_pool
from chat.services.fanout import channel_of
from listings import services as listings

log = logging.getLogger(__name__)
IDLE_CHANNEL = "hub:idle"
RETRY_S = 0.5
SEEN_EVERY_S = 15
SUBSCRIBE_TIMEOUT_S = 5
SOCKETS_PER_USER = 5


class Hub:
    """Frames published to `u:USER` go to every local socket of that user."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool
        self._redis = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=None, socket_connect_timeout=5)
        self._pubsub = self._redis.pubsub()
        self._sockets: dict[int, set[Connection]] = {}
        self._subscribed: dict[str, asyncio.Event] = {}
        # Two first subscriptions at once would open two connections, and one of them would have no listener.
        self._subscribing = asyncio.Lock()
        self._tasks = [asyncio.create_task(self._listen_forever()), asyncio.create_task(self._say_who_is_here())]

    def has_room(self, user_id: int) -> bool:
        return len(self._sockets.get(user_id, ())) < SOCKETS_PER_USER

    async def join(self, connection: Connection) -> None:
        """From here on the connection hears its user's frames. Join before reading the log, or one may be missed."""
        sockets = self._sockets.setdefault(connection.user_id, set())
        sockets.add(connection)
        channel = channel_of(connection.user_id)
        if channel not in self._subscribed:
            self._subscribed[channel] = asyncio.Event()
            # Without Redis the listener subscribes to everything in _subscribed as soon as it is back.
            with contextlib.suppress(redis.RedisError, OSError):
                await self._subscribe(channel)
        with contextlib.suppress(TimeoutError):
            # The page opens all the same: the confirmation that comes later brings what was missed.
            await asyncio.wait_for(self._subscribed[channel].wait(), SUBSCRIBE_TIMEOUT_S)
        await self._seen([connection.user_id])

    async def leave(self, connection: Connection) -> None:
        sockets = self._sockets.get(connection.user_id, set())
        sockets.discard(connection)
        if not sockets:
            self._sockets.pop(connection.user_id, None)
            channel = channel_of(connection.user_id)
            self._subscribed.pop(channel, None)
            with contextlib.suppress(redis.RedisError, OSError):
                async with self._subscribing:
                    await self._pubsub.unsubscribe(channel)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self._pubsub.aclose()
        await self._redis.aclose()
        await self.pool.close()

    async def publish(self, user_ids: tuple[int, ...], frame: dict[str, Any]) -> None:
        text = encode(frame)
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                for user_id in user_ids:
                    pipe.publish(channel_of(user_id), text)
                await pipe.execute()
        except redis.RedisError as error:
            log.warning("no hint to %s: %s", user_ids, error)
            await self._deliver_locally(user_ids, frame)

    async def _deliver_locally(self, user_ids: tuple[int, ...], frame: dict[str, Any]) -> None:
        for user_id in user_ids:
            for connection in list(self._sockets.get(user_id, ())):
                await connection.deliver(self.pool, frame)

    async def _listen_forever(self) -> None:
        while True:
            try:
                await self._subscribe(IDLE_CHANNEL, *self._subscribed)
                async for message in self._pubsub.listen():
                    await self._hear(message)
            except Exception as error:
                log.warning(
                    "listening again in %s s: %r", RETRY_S, error, exc_info=not isinstance(error, redis.RedisError)
                )
                await asyncio.sleep(RETRY_S)

    async def _subscribe(self, *channels: str) -> None:
        async with self._subscribing:
            await self._pubsub.subscribe(*channels)

    async def _hear(self, message: dict[str, Any]) -> None:
        channel = message["channel"].decode()
        if message["type"] == "subscribe":
            await self._confirm(channel)
        elif message["type"] == "message" and channel.startswith("u:"):
            await self._deliver_locally((int(channel[2:]),), json.loads(message["data"]))

    async def _confirm(self, channel: str) -> None:
        event = self._subscribed.get(channel)
        if event is None:
            return
        event.set()
        # Hints from before this moment may be lost: the connection was, or the first confirmation came too late.
        for connection in list(self._sockets.get(int(channel[2:]), ())):
            await connection.catch_up(self.pool)

    async def _say_who_is_here(self) -> None:
        while True:
            await asyncio.sleep(SEEN_EVERY_S)
            await self._seen(list(self._sockets))

    async def _seen(self, user_ids: list[int]) -> None:
        try:
            await database_sync_to_async(listings.seen, thread_sensitive=False)(user_ids=user_ids)
        except Exception:
            log.exception("could not note who is here")


_hubs: dict[asyncio.AbstractEventLoop, asyncio.Task[Hub]] = {}


async def hub() -> Hub:
    """This process's hub, opened with the first socket."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = asyncio.create_task(_open())
    try:
        return await asyncio.shield(_hubs[loop])
    except Exception:
        _hubs.pop(loop, None)
        raise


async def _open() -> Hub:
    return Hub(await open_pool())
