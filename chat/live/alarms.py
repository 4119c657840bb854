"""The first of the three layers that hold a deadline: in the second a clock stops, whoever holds one of its two sockets
runs the meter for that booking and tells, also when no worker lives. One timer a booking, none without a socket."""

import asyncio
import logging
from collections import defaultdict
from uuid import UUID

import asyncpg
from channels.db import database_sync_to_async
from django.conf import settings

from bookings import services as bookings
from chat.live import log as message_log
from chat.live.clock import DatabaseClock

log = logging.getLogger(__name__)
# The clock here may be a little fast, and somebody may hold the row: then it is tried again, not at once.
AGAIN_MS = 250
AFTER_ERROR_MS = 2000


class Alarms:
    def __init__(self, pool: asyncpg.Pool, clock: DatabaseClock) -> None:
        self._pool, self._clock = pool, clock
        self._timers: dict[UUID, asyncio.TimerHandle] = {}
        self._stops: dict[UUID, int] = {}
        self._armed_ms: dict[UUID, int] = {}
        self._holders: dict[UUID, set[int]] = defaultdict(set)
        self._held: dict[int, set[UUID]] = defaultdict(set)
        self._ringing: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._timers)

    def set(self, user_id: int, booking_id: UUID, stop_ms: int | None) -> None:
        """This user, who has a socket here, is in that booking, whose clock stops then (None: it does not run)."""
        if stop_ms is None:
            self._drop(booking_id)
        else:
            self._holders[booking_id].add(user_id)
            self._held[user_id].add(booking_id)
            self._stops[booking_id] = stop_ms
            # One that rings too early is set again then: each message would set it otherwise.
            if booking_id not in self._timers or stop_ms < self._armed_ms[booking_id]:
                self._arm(booking_id, stop_ms)

    def forget(self, user_id: int) -> None:
        """The user's last socket here is gone."""
        for booking_id in self._held.pop(user_id, set()):
            self._holders[booking_id].discard(user_id)
            if not self._holders[booking_id]:
                self._drop(booking_id)

    def close(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        for task in self._ringing:
            task.cancel()

    def _arm(self, booking_id: UUID, at_ms: int) -> None:
        if timer := self._timers.pop(booking_id, None):
            timer.cancel()
        self._armed_ms[booking_id] = at_ms
        wait_s = self._clock.wait_s(at_ms)
        self._timers[booking_id] = asyncio.get_running_loop().call_later(wait_s, self._ring, booking_id)

    def _drop(self, booking_id: UUID) -> None:
        if timer := self._timers.pop(booking_id, None):
            timer.cancel()
        self._stops.pop(booking_id, None)
        self._armed_ms.pop(booking_id, None)
        for user_id in self._holders.pop(booking_id, set()):
            if user_id in self._held:
                self._held[user_id].discard(booking_id)

    def _ring(self, booking_id: UUID) -> None:
        if self._stops[booking_id] > self._armed_ms[booking_id]:
            self._arm(booking_id, self._stops[booking_id])
            return
        task = asyncio.create_task(self._stop(booking_id))
        self._ringing.add(task)
        task.add_done_callback(self._ringing.discard)

    async def _stop(self, booking_id: UUID) -> None:
        try:
            stop_ms = await message_log.meter_one(self._pool, booking_id, settings.POSTING_LAG_MS)
            self._go_on(booking_id, stop_ms, AGAIN_MS)
            await database_sync_to_async(bookings.announce)(only=booking_id)
        except Exception:
            log.exception("the clock of %s is looked at again", booking_id)
            self._go_on(booking_id, self._stops.get(booking_id), AFTER_ERROR_MS)

    def _go_on(self, booking_id: UUID, stop_ms: int | None, soonest_ms: int) -> None:
        """Waits for where it stops now, if the booking is still of somebody here."""
        if stop_ms is None:
            self._drop(booking_id)
        elif booking_id in self._holders:
            self._stops[booking_id] = at_ms = max(stop_ms, self._clock.now_ms + soonest_ms)
            self._arm(booking_id, at_ms)
