"""Who comes and who goes, and whom it concerns: clocks that wait for somebody, and the other one's page."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from uuid import UUID

import asyncpg

from chat.live import log as message_log
from chat.live.connection import Connection
from chat.live.presence import Presence
from chat.live.rounds import go_on_after_errors

log = logging.getLogger(__name__)
# Who loads another page is gone for a moment; that is not worth a word to the other side.
GONE_AFTER_S = 3


class Company:
    """`tell(user_ids, frame)` reaches all pages of these users; `announce(booking_id)` tells of a booking's steps."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        presence: Presence,
        tell: Callable[[Iterable[int], dict[str, Any]], None],
        announce: Callable[[UUID], Awaitable[None]],
    ) -> None:
        self._pool, self._presence, self._tell, self._announce = pool, presence, tell, announce
        self._tasks: set[asyncio.Task[None]] = set()

    async def arrive(self, user_id: int, still_here: Callable[[], bool]) -> None:
        """A first page of the user's. Raises what the database does: then nobody has arrived."""
        if user_id in self._presence.here:
            return
        to_tell = await self._presence.arrive(user_id)
        if not still_here():
            # Gone again while he arrived.
            self.depart(user_id)
        for booking_id in to_tell:
            await self._announce(booking_id)
        await self._tell_peers(user_id, here=True)

    def depart(self, user_id: int) -> None:
        at_ms = self._presence.depart(user_id)
        if at_ms is not None:
            task = asyncio.create_task(go_on_after_errors(self._tell_gone(user_id, at_ms)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def client_is_here(self, page: Connection, conv: int) -> bool:
        """False when a companion speaks to an appointment whose client is known not to be connected."""
        standing = await self.standing(page, conv)
        if not standing or not standing.appointment:
            return True
        client_id = await message_log.client_of(self._pool, conv)
        return client_id in self._presence.here or not await self._presence.is_gone(client_id)

    async def standing(self, page: Connection, conv: int) -> message_log.Standing | None:
        """Of one of the user's conversations; a page that resumed nothing may speak of it all the same."""
        if conv not in page.standings:
            await self.learn(page, [conv])
        return page.standings.get(conv)

    async def learn(self, page: Connection, convs: list[int]) -> None:
        """Reads again what was overtaken by a step that was heard meanwhile."""
        heard = None
        while heard != page.bookings_heard:
            heard = page.bookings_heard
            standings = await message_log.standings(self._pool, page.user_id, convs)
        page.standings |= standings

    async def introduce(self, page: Connection) -> None:
        """Tells a new page who of the others is here."""
        open_ones = {conv: each.peer for conv, each in page.standings.items() if each.gate}
        seen = await self._presence.seen(list(open_ones.values()))
        for conv, peer in open_ones.items():
            if peer in seen:
                page.offer(_presence(conv, peer, here=self._presence.is_fresh(seen[peer])))

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _tell_gone(self, user_id: int, at_ms: int) -> None:
        await self._presence.write_left()
        # Another process that holds him writes him down again at this word.
        self._tell((user_id,), {"t": "gone"})
        await asyncio.sleep(GONE_AFTER_S)
        if await self._presence.left_at(user_id, at_ms):
            await self._tell_peers(user_id, here=False)

    async def _tell_peers(self, user_id: int, *, here: bool) -> None:
        for conv, peer in await message_log.peers(self._pool, user_id):
            self._tell((peer,), _presence(conv, user_id, here=here))


def _presence(conv: int, user_id: int, *, here: bool) -> dict[str, Any]:
    return {"t": "presence", "conv": conv, "user": user_id, "here": here}
