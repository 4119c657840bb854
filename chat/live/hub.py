"""The process's sockets and what is published to them. PostgreSQL is the log; Redis is only a hint."""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Coroutine, Iterator
from typing import Any
from uuid import UUID

import asyncpg
import redis.asyncio as redis
from channels.db import database_sync_to_async
from django.conf import settings
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from bookings import services as bookings
from chat.live import log as message_log
from chat.live.alarms import Alarms
from chat.live.clock import DatabaseClock
from chat.live.connection import Connection
from chat.live.log import encode, open_pool
from chat.live.presence import Presence
from chat.live.standing import SIGNED_OUT, who_must_go
from chat.live.subscription import IDLE_CHANNEL, Subscription
from chat.services.fanout import channel_of, mark_of, user_of
from listings import services as listings

log = logging.getLogger(__name__)
SEEN_EVERY_S = 15
HEADS_EVERY_S = 30
# After a reconnect the subscriptions are confirmed one by one: they are waited for, and asked about together.
GATHER_S = 0.1
PUBLISH_TIMEOUT_S = 1
SOCKETS_PER_USER = 5
# Who loads another page is gone for a moment; that is not worth a word to the other side.
GONE_AFTER_S = 3

Sockets = dict[int, set[Connection]]


class Hub:
    """Frames published to `u:USER` go to every local socket of that user."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool
        # Speaking must not wait for a Redis that hangs.
        self._speaker = redis.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=PUBLISH_TIMEOUT_S,
            socket_connect_timeout=PUBLISH_TIMEOUT_S,
            retry=Retry(NoBackoff(), 1),
        )
        self._subscription = Subscription(self._hear, self._confirm)
        self._places: Sockets = {}
        self._sockets: Sockets = {}
        self._lost_hints = asyncio.Event()
        clock = DatabaseClock()
        self.presence = Presence(self._speaker, pool, clock)
        self.alarms = Alarms(pool, clock)
        self._tasks: set[asyncio.Task[None]] = set()
        listens, writes = self._subscription.listen_forever(), self.presence.keep_writing()
        for rounds in (listens, writes, self._look_after_people(), self._keep_up()):
            self._start(rounds)

    def admit(self, connection: Connection) -> bool:
        """Takes one of the user's places, until `leave`. False when there is none."""
        places = self._places.setdefault(connection.user_id, set())
        if len(places) >= SOCKETS_PER_USER:
            return False
        places.add(connection)
        return True

    async def join(self, connection: Connection) -> None:
        """From here on the connection hears its user's frames. Join before reading the log, or one may be missed.

        Raises what the database does: then nobody has arrived, and the page has to come again.
        """
        user_id = connection.user_id
        self._sockets.setdefault(user_id, set()).add(connection)
        await self._subscription.add(channel_of(user_id))
        if user_id not in self.presence.here:
            await self._welcome(user_id)
        await self._seen([user_id])

    def leave(self, connection: Connection) -> None:
        """Gives the place back and hears no more. May be called at any time, also again."""
        _take_out(self._places, connection)
        if _take_out(self._sockets, connection):
            self._subscription.drop(channel_of(connection.user_id))
            self.alarms.forget(connection.user_id)
            self._part_with(connection.user_id)

    async def close(self) -> None:
        """Writes down that everybody here is gone, then lets go of everything."""
        for task in self._tasks:
            task.cancel()
        self.alarms.close()
        await self.presence.leave_all()
        await self._subscription.close()
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
                self._take(user_id, frame)

    async def client_is_here(self, connection: Connection, conv: int) -> bool:
        """False when a companion speaks to an appointment whose client is known not to be connected."""
        if conv not in connection.appointments:
            # A page that resumed nothing may write all the same.
            for row in await message_log.standings(self.pool, connection.user_id, [conv]):
                connection.meet(conv, appointment=row["appointment"])
        if not connection.appointments.get(conv):
            return True
        client_id = await message_log.client_of(self.pool, conv)
        return client_id in self.presence.here or not await self.presence.is_gone(client_id)

    async def acquaint(self, connection: Connection) -> None:
        """What a new page's conversations need: their clocks are watched, and it is told who of the others is here."""
        rows = await message_log.standings(self.pool, connection.user_id, list(connection.convs))
        seen = await self.presence.seen([row["peer"] for row in rows if row["gate"]])
        if connection.over:
            return
        for row in rows:
            connection.meet(row["conv"], appointment=row["appointment"])
            self.alarms.set(connection.user_id, row["booking_id"], row["stop_ms"])
            if row["peer"] in seen:
                connection.offer(_presence(row["conv"], row["peer"], here=self.presence.is_fresh(seen[row["peer"]])))

    async def announce(self, booking_id: UUID) -> None:
        """Tells of the booking's steps. They are in the database: what fails here is told by the next sweep."""
        await _go_on_after_errors(database_sync_to_async(bookings.announce)(only=booking_id))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _welcome(self, user_id: int) -> None:
        to_tell = await self.presence.arrive(user_id)
        if user_id not in self._sockets:
            # Gone again while he arrived.
            self._part_with(user_id)
        for booking_id in to_tell:
            await self.announce(booking_id)
        await self._tell_peers(user_id, here=True)

    def _part_with(self, user_id: int) -> None:
        at_ms = self.presence.depart(user_id)
        if at_ms is not None:
            self._start(_go_on_after_errors(self._tell_gone(user_id, at_ms)))

    async def _tell_gone(self, user_id: int, at_ms: int) -> None:
        await self.presence.write_left()
        # Another process that holds him writes him down again at this word.
        await self.publish((user_id,), {"t": "gone"})
        await asyncio.sleep(GONE_AFTER_S)
        if await self.presence.left_at(user_id, at_ms):
            await self._tell_peers(user_id, here=False)

    async def _tell_peers(self, user_id: int, *, here: bool) -> None:
        for conv, peer in await message_log.peers(self.pool, user_id):
            await self.publish((peer,), _presence(conv, user_id, here=here))

    def _take(self, user_id: int, frame: dict[str, Any]) -> None:
        if frame["t"] == "bye":
            self._part(user_id, frame["session"])
        elif frame["t"] == "gone":
            self._start(self.presence.still_here(user_id))
        else:
            self._deliver_locally(user_id, frame)

    def _deliver_locally(self, user_id: int, frame: dict[str, Any]) -> None:
        connections = list(self._sockets.get(user_id, ()))
        if connections:
            self.alarms.hear(user_id, frame)
        for connection in connections:
            connection.deliver(self.pool, frame)

    def _part(self, user_id: int, mark: str | None) -> None:
        for connection in list(self._places.get(user_id, ())):
            if mark is None or mark == mark_of(connection.session_key):
                connection.end(SIGNED_OUT)

    def _hear(self, channel: str, text: bytes) -> None:
        if channel != IDLE_CHANNEL:
            self._take(user_of(channel), json.loads(text))

    def _confirm(self, channel: str) -> None:
        # A page that shows something already was without hints until this moment.
        if any(connection.convs for connection in self._sockets.get(user_of(channel), ())):
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


def _presence(conv: int, user_id: int, *, here: bool) -> dict[str, Any]:
    return {"t": "presence", "conv": conv, "user": user_id, "here": here}


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


async def close_all() -> None:
    """The process ends: its hub, if there is one, says so."""
    opening = _hubs.pop(asyncio.get_running_loop(), None)
    if opening:
        await (await opening).close()
