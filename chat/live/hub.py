"""The process's one subscription to Redis and the sockets it serves. PostgreSQL is the log; Redis is only a hint."""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any

import asyncpg
import redis.asyncio as redis
from channels.db import database_sync_to_async
from django.conf import settings
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from chat.live import log as message_log
from chat.live.connection import Connection
from chat.live.log import encode, open_pool
from chat.live.standing import SIGNED_OUT, who_must_go
from chat.services.fanout import channel_of, mark_of
from listings import services as listings

log = logging.getLogger(__name__)
IDLE_CHANNEL = "hub:idle"
RETRY_S = 0.5
SEEN_EVERY_S = 15
HEADS_EVERY_S = 30
# After a reconnect the subscriptions are confirmed one by one: they are waited for, and asked about together.
GATHER_S = 0.1
SUBSCRIBE_TIMEOUT_S = 5
PUBLISH_TIMEOUT_S = 1
SOCKETS_PER_USER = 5

Sockets = dict[int, set[Connection]]


class Hub:
    """Frames published to `u:USER` go to every local socket of that user."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool
        # Listening waits as long as nobody speaks; speaking must not wait for a Redis that hangs.
        self._listener = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=None, socket_connect_timeout=5)
        self._speaker = redis.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=PUBLISH_TIMEOUT_S,
            socket_connect_timeout=PUBLISH_TIMEOUT_S,
            retry=Retry(NoBackoff(), 1),
        )
        self._pubsub = self._listener.pubsub()
        self._places: Sockets = {}
        self._sockets: Sockets = {}
        self._subscribed: dict[str, asyncio.Event] = {}
        # Two first subscriptions at once would open two connections, and one of them would have no listener.
        self._subscribing = asyncio.Lock()
        self._lost_hints = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        for rounds in (self._listen_forever(), self._look_after_people(), self._keep_up()):
            self._start(rounds)

    def admit(self, connection: Connection) -> bool:
        """Takes one of the user's places, until `leave`. False when there is none."""
        places = self._places.setdefault(connection.user_id, set())
        if len(places) >= SOCKETS_PER_USER:
            return False
        places.add(connection)
        return True

    async def join(self, connection: Connection) -> None:
        """From here on the connection hears its user's frames. Join before reading the log, or one may be missed."""
        self._sockets.setdefault(connection.user_id, set()).add(connection)
        channel = channel_of(connection.user_id)
        if channel not in self._subscribed:
            self._subscribed[channel] = asyncio.Event()
            # Without Redis the listener subscribes to everything in _subscribed as soon as it is back.
            self._start(self._ask_redis(self._pubsub.subscribe, channel))
        with contextlib.suppress(TimeoutError):
            # The page opens all the same: the confirmation that comes later brings what was missed.
            await asyncio.wait_for(self._subscribed[channel].wait(), SUBSCRIBE_TIMEOUT_S)
        await self._seen([connection.user_id])

    def leave(self, connection: Connection) -> None:
        """Gives the place back and hears no more. May be called at any time, also again."""
        _take_out(self._places, connection)
        if _take_out(self._sockets, connection):
            channel = channel_of(connection.user_id)
            self._subscribed.pop(channel, None)
            self._start(self._ask_redis(self._pubsub.unsubscribe, channel))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self._pubsub.aclose()
        await self._listener.aclose()
        await self._speaker.aclose()
        await self.pool.close()

    async def publish(self, user_ids: tuple[int, ...], frame: dict[str, Any]) -> None:
        text = encode(frame)
        try:
            async with self._speaker.pipeline(transaction=False) as pipe:
                for user_id in user_ids:
                    pipe.publish(channel_of(user_id), text)
                await pipe.execute()
        except redis.RedisError as error:
            # Other processes find out in their next round.
            log.warning("no hint to %s: %s", user_ids, error)
            for user_id in user_ids:
                self._deliver_locally(user_id, frame)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _deliver_locally(self, user_id: int, frame: dict[str, Any]) -> None:
        for connection in list(self._sockets.get(user_id, ())):
            connection.deliver(self.pool, frame)

    def _part(self, user_id: int, mark: str | None) -> None:
        for connection in list(self._places.get(user_id, ())):
            if mark is None or mark == mark_of(connection.session_key):
                connection.end(SIGNED_OUT)

    async def _listen_forever(self) -> None:
        while True:
            try:
                await self._subscribe(IDLE_CHANNEL, *self._subscribed)
                async for message in self._pubsub.listen():
                    self._hear(message)
            except Exception as error:
                log.warning(
                    "listening again in %s s: %r", RETRY_S, error, exc_info=not isinstance(error, redis.RedisError)
                )
                await asyncio.sleep(RETRY_S)

    async def _subscribe(self, *channels: str) -> None:
        async with self._subscribing:
            await self._pubsub.subscribe(*channels)

    async def _ask_redis(self, ask: Callable[[str], Awaitable[None]], channel: str) -> None:
        with contextlib.suppress(redis.RedisError, OSError):
            async with self._subscribing:
                await ask(channel)

    def _hear(self, message: dict[str, Any]) -> None:
        channel = message["channel"].decode()
        if message["type"] == "subscribe":
            self._confirm(channel)
        elif message["type"] == "message" and channel.startswith("u:"):
            user_id, frame = int(channel[2:]), json.loads(message["data"])
            if frame["t"] == "bye":
                self._part(user_id, frame["session"])
            else:
                self._deliver_locally(user_id, frame)

    def _confirm(self, channel: str) -> None:
        event = self._subscribed.get(channel)
        if event is None:
            return
        event.set()
        # A page that shows something already was without hints until this moment.
        if any(connection.convs for connection in self._sockets.get(int(channel[2:]), ())):
            self._lost_hints.set()

    async def _keep_up(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._lost_hints.wait(), HEADS_EVERY_S)
                await asyncio.sleep(GATHER_S)
            self._lost_hints.clear()
            await _go_on_after_errors(self._catch_up())

    async def _catch_up(self) -> None:
        """Asks once for the heads of all conversations open here; pages that are behind are filled and told where the
        booking stands, as its frame may be lost with the message's."""
        connections = list(_all_of(self._sockets))
        convs = {conv for connection in connections for conv in connection.convs}
        heads = await message_log.heads_of_all(self.pool, list(convs)) if convs else {}
        behind = [(each, conv) for each in connections for conv in each.reach(self.pool, heads)]
        if behind:
            frames = await message_log.booking_frames(self.pool, list({conv for _, conv in behind}))
            for connection, conv in behind:
                connection.deliver(self.pool, frames[conv])

    async def _look_after_people(self) -> None:
        while True:
            await asyncio.sleep(SEEN_EVERY_S)
            await _go_on_after_errors(self._show_out())
            await self._seen(list(self._sockets))

    async def _show_out(self) -> None:
        """Ends sockets whose user was suspended or signed out, in case the word about it was lost."""
        for connection, code in await who_must_go(self.pool, list(_all_of(self._places))):
            connection.end(code)

    async def _seen(self, user_ids: list[int]) -> None:
        seen = database_sync_to_async(listings.seen, thread_sensitive=False)
        await _go_on_after_errors(seen(user_ids=user_ids))


def _all_of(sockets: Sockets) -> Iterator[Connection]:
    return (connection for of_user in sockets.values() for connection in of_user)


def _take_out(sockets: Sockets, connection: Connection) -> bool:
    """True when it was its user's last."""
    of_user = sockets.get(connection.user_id, set())
    if connection not in of_user:
        return False
    of_user.discard(connection)
    if of_user:
        return False
    del sockets[connection.user_id]
    return True


async def _go_on_after_errors(work: Awaitable[Any]) -> None:
    try:
        await work
    except Exception:
        log.exception("the next round tries again")


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
