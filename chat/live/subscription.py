"""The process's one connection that listens to Redis. It comes back by itself, with all that is subscribed to."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from typing import Any

import redis.asyncio as redis
from django.conf import settings

log = logging.getLogger(__name__)
IDLE_CHANNEL = "hub:idle"
RETRY_S = 0.5
SUBSCRIBE_TIMEOUT_S = 5
# A network that swallows everything closes no connection: after so long a silence Redis is asked, and after as long
# again it is gone.
SILENCE_S = 5
TROUBLE = (redis.RedisError, OSError)


class Subscription:
    """`heard(channel, data)` for each message; `confirmed(channel)` each time it is certain that more will be heard;
    `lost()` when it is none of it any more.

    Redis' answers are read as they come: what a client's own pub/sub object does around each costs more than they do.
    """

    def __init__(
        self, heard: Callable[[str, bytes], None], confirmed: Callable[[str], None], lost: Callable[[], None]
    ) -> None:
        # Listening waits as long as nobody speaks.
        limits = {"socket_timeout": None, "socket_connect_timeout": 5, "socket_keepalive": True}
        self._line = redis.ConnectionPool.from_url(settings.REDIS_URL, **limits).make_connection()
        # While it connects, what is read answers the greeting.
        self._is_up = False
        # It could not be reached the last time; then nobody waits for it.
        self._is_away = False
        self._channels: dict[str, asyncio.Event] = {}
        # How often the line was lost.
        self._losses = 0
        self._heard, self._confirmed, self._lost = heard, confirmed, lost
        self._tasks: set[asyncio.Task[None]] = set()

    async def add(self, channel: str) -> None:
        """Returns when it is heard; without Redis at once or after a while: a confirmation that comes later is told."""
        if channel not in self._channels:
            self._channels[channel] = asyncio.Event()
            # Without Redis the listener subscribes to everything as soon as it is back.
            self._start(self._ask("SUBSCRIBE", channel))
        if not self._is_away:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._channels[channel].wait(), SUBSCRIBE_TIMEOUT_S)

    def hears(self, channel: str) -> object | None:
        """None unless it is certain that what is said there is heard; equal as long as that was not interrupted."""
        certain = self._channels.get(channel)
        return (certain, self._losses) if self._is_up and certain and certain.is_set() else None

    def drop(self, channel: str) -> None:
        # At once: whoever adds it again in the same moment must not be taken for heard.
        self._channels.pop(channel, None)
        self._start(self._ask("UNSUBSCRIBE", channel))

    async def listen_forever(self) -> None:
        while True:
            try:
                await self._line.connect()
                self._is_up, self._is_away = True, False
                await self._line.send_command("SUBSCRIBE", IDLE_CHANNEL, *self._channels)
                await self._listen()
            except Exception as error:
                trouble = not isinstance(error, TROUBLE)
                log.warning("listening again in %s s: %r", RETRY_S, error, exc_info=trouble)
                await self._hang_up()
                await asyncio.sleep(RETRY_S)

    async def _listen(self) -> None:
        asked = False
        while True:
            heard = await self._line.read_response(timeout=SILENCE_S)
            if heard is not None:
                asked = False
                self._hear(*heard)
            elif asked:
                raise redis.TimeoutError("Redis does not answer")
            else:
                await self._line.send_command("PING")
                asked = True

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self._line.disconnect(nowait=True)

    async def _hang_up(self) -> None:
        self._is_up, self._is_away = False, True
        self._losses += 1
        for certain in self._channels.values():
            certain.clear()
        self._lost()
        with contextlib.suppress(*TROUBLE):
            await self._line.disconnect(nowait=True)

    def _hear(self, kind: bytes, name: bytes, data: Any = None) -> None:
        channel = name.decode()
        if kind == b"message":
            self._heard(channel, data)
        elif kind == b"subscribe" and channel in self._channels:
            self._channels[channel].set()
            self._confirmed(channel)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ask(self, command: str, channel: str) -> None:
        with contextlib.suppress(*TROUBLE):
            if self._is_up:
                await self._line.send_command(command, channel)
