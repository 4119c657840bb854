"""Who is connected to this process, written down for all (common/presence), and what an arrival does to clocks."""

import asyncio
import logging
import time
from uuid import UUID

import asyncpg
import redis.asyncio as redis
from django.conf import settings
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from chat.live.clock import DatabaseClock
from common.presence import (
    KEY,
    LATE_MS,
    OWED,
    SINCE,
    STALE_MS,
    UNTIL_PAID,
    WRITE_EVERY_S,
    LastSeen,
    floor_ms,
    last_seen,
)
from common.presence.hole import HOLE_S
from common.presence.scripts import ENTER

log = logging.getLogger(__name__)
RETRY_S = 1.0
# Nobody waits longer for a Redis that hangs.
ANSWER_S = 1
ASK_S = 2
ARRIVAL = "SELECT * FROM bookings_note_arrival($1, $2, $3, $4)"


class Presence:
    """`here` are the users that are written down each round. Scores are in ms of the database's clock."""

    def __init__(self, pool: asyncpg.Pool, clock: DatabaseClock) -> None:
        self._redis = redis.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=ANSWER_S,
            socket_connect_timeout=ANSWER_S,
            retry=Retry(NoBackoff(), 1),
        )
        self._pool, self._clock = pool, clock
        self.here: set[int] = set()
        self._leaving: dict[int, int] = {}
        self._failed_at: float | None = None
        self._writing_left: asyncio.Task[None] | None = None

    async def arrive(self, user_id: int) -> list[UUID]:
        """A first socket here. An absence that ends now is noted, and clocks that wait for him go on; returns the
        bookings of which there is something to tell. Raises what the database does: then he has not arrived.
        """
        before = await self._enter(user_id)
        try:
            rows = await self._pool.fetch(
                ARRIVAL, user_id, before and before.ms, bool(before and before.exact), settings.POSTING_LAG_MS
            )
        except Exception:
            await self._as_before(user_id, before)
            raise
        self.here.add(user_id)
        return [row[0] for row in rows]

    def depart(self, user_id: int) -> int | None:
        """The last socket here goes at this moment, which is returned; `write_left` writes it down. None: he had not
        arrived. At once, so that whoever comes back meanwhile arrives anew."""
        if user_id not in self.here:
            return None
        self.here.discard(user_id)
        self._leaving[user_id] = self._clock.now_ms
        return self._leaving[user_id]

    async def write_left(self) -> None:
        """Writes down who has left: those who leave at the same time together, for a thousand may."""
        if self._leaving:
            self._writing_left = self._writing_left or asyncio.create_task(self._write_left_together())
            await asyncio.shield(self._writing_left)

    async def _write_left_together(self) -> None:
        # Whoever leaves from here on is written by the next one.
        self._writing_left = None
        await self._write({})

    async def still_here(self, user_id: int) -> None:
        """Elsewhere his last socket went; here there is one."""
        if user_id in self.here:
            await self._write({user_id: self._clock.now_ms})

    async def left_at(self, user_id: int, at_ms: int) -> bool:
        """True when he departed here at that moment and nobody has written him down since."""
        return (await self.seen([user_id])).get(user_id) == LastSeen(at_ms, True)

    async def write(self) -> bool:
        """Writes down everybody here; False when Redis did not take it."""
        return await self._write(dict.fromkeys(self.here, self._clock.now_ms))

    async def keep_writing(self) -> None:
        while True:
            written = await self._round()
            await asyncio.sleep(WRITE_EVERY_S if written else RETRY_S)

    async def seen(self, user_ids: list[int]) -> dict[int, LastSeen]:
        """When each was last connected. Nobody, while Redis cannot be asked."""
        try:
            return await self._seen(user_ids)
        except (redis.RedisError, OSError):
            return {}

    async def is_gone(self, user_id: int) -> bool:
        """True when it is known that he is not connected."""
        seen = (await self.seen([user_id])).get(user_id)
        return seen is not None and not self.is_fresh(seen)

    def is_fresh(self, seen: LastSeen) -> bool:
        return seen.ms > self._clock.now_ms - STALE_MS

    async def close(self) -> None:
        """This process ends: everybody here goes at this moment."""
        if self.here:
            self._leaving |= dict.fromkeys(self.here, self._clock.now_ms)
            self.here.clear()
        await self.write_left()
        await self._redis.aclose()

    async def _round(self) -> bool:
        try:
            await asyncio.wait_for(self._clock.ask(self._pool), ASK_S)
        except Exception:
            log.warning("the database's clock is carried on without a look at it", exc_info=True)
        return not self._clock.known or await self.write()

    async def _write(self, scores: dict[int, int]) -> bool:
        """These and who left. What Redis does not take of those is written the next time."""
        left = dict(self._leaving)
        try:
            await self._put(left | scores)
        except (redis.RedisError, OSError) as error:
            log.warning("presence is not written: %r", error)
            self._failed_at = self._failed_at or time.monotonic()
            return False
        self._failed_at = None
        for user_id, at_ms in left.items():
            if self._leaving.get(user_id) == at_ms:
                del self._leaving[user_id]
        return True

    async def _put(self, scores: dict[int, int]) -> None:
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.set(SINCE, self._clock.now_ms, nx=not self._was_unreachable())
            if scores:
                pipe.zadd(KEY, scores)
            if late := self._late(scores):
                pipe.zadd(OWED, dict.fromkeys(late, UNTIL_PAID), lt=True)
            await pipe.execute()

    def _late(self, scores: dict[int, int]) -> list[int]:
        """Whose moment sweeps may have gone by, before it was written down."""
        return [user_id for user_id, at_ms in scores.items() if at_ms < self._clock.now_ms - LATE_MS]

    def _was_unreachable(self) -> bool:
        return self._failed_at is not None and time.monotonic() - self._failed_at > HOLE_S

    async def _enter(self, user_id: int) -> LastSeen | None:
        """Writes him down; what was known of him before, or None when Redis cannot be asked."""
        if not self._clock.known:
            await self._clock.ask(self._pool)
        now = self._clock.now_ms
        try:
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.info("server")
                pipe.eval(ENTER, 2, KEY, SINCE, now, user_id)
                info, (since, score) = await pipe.execute()
        except (redis.RedisError, OSError) as error:
            log.warning("nothing is known of %s, who arrives: %r", user_id, error)
            return None
        self._leaving.pop(user_id, None)
        return last_seen(score, floor_ms(since_ms=int(since), info=info, now_ms=now))

    async def _as_before(self, user_id: int, before: LastSeen | None) -> None:
        if before:
            self._leaving[user_id] = before.ms
            await self._write({})

    async def _seen(self, user_ids: list[int]) -> dict[int, LastSeen]:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.info("server")
            pipe.set(SINCE, self._clock.now_ms, nx=True)
            pipe.get(SINCE)
            for user_id in user_ids:
                pipe.zscore(KEY, user_id)
            info, _, since, *scores = await pipe.execute()
        floor = floor_ms(since_ms=int(since), info=info, now_ms=self._clock.now_ms)
        return {user: last_seen(score or "", floor) for user, score in zip(user_ids, scores, strict=True)}
