"""How far each member has a talk and has seen it: told at once, written once a second for the whole process."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator

import asyncpg

from chat.live import log as message_log

log = logging.getLogger(__name__)
WRITE_EVERY_S = 1.0
AT_ONCE = 32
# A conversation and a member of it; how far he has it and has seen it.
Place, Cursor = tuple[int, int], tuple[int, int]


class Receipts:
    """Cursors of the users who are here, by conversation: (recv, read). They only move on, and read never leads."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._known: dict[int, dict[int, tuple[int, int]]] = defaultdict(dict)
        self._unwritten: dict[tuple[int, int], tuple[int, int]] = {}

    def know(self, user_id: int, conv: int, *, recv: int, read: int) -> None:
        """What is in the database: the cursors go on from there."""
        before = self._known[user_id].get(conv, (0, 0))
        self._known[user_id][conv] = (max(before[0], recv), max(before[1], read))

    def note(self, user_id: int, conv: int, seq: int, *, read: bool) -> tuple[int, int] | None:
        """The cursors after the page has said so; None when it says nothing new."""
        before = self._known[user_id].get(conv, (0, 0))
        after = (max(before[0], seq), max(before[1], seq if read else 0))
        if after == before:
            return None
        self._known[user_id][conv] = self._unwritten[conv, user_id] = after
        return after

    def forget(self, user_id: int) -> None:
        """The user's last page here is gone; what he has seen is still written."""
        self._known.pop(user_id, None)

    async def keep_writing(self) -> None:
        while True:
            await asyncio.sleep(WRITE_EVERY_S)
            try:
                await self.write()
            except Exception:
                log.exception("receipts are written in the next round")

    async def write(self) -> None:
        """Whatever cannot be written now stays for the next time."""
        for some in _in_parts(dict(self._unwritten)):
            written = await message_log.write_seen(self._pool, some)
            for place, cursor in some.items():
                if place[0] in written and self._unwritten.get(place) == cursor:
                    del self._unwritten[place]


def _in_parts(cursors: dict[Place, Cursor]) -> Iterator[dict[Place, Cursor]]:
    """Few rows are held at a time: what is written to a conversation meanwhile is written by itself."""
    places = list(cursors)
    for start in range(0, len(places), AT_ONCE):
        yield {place: cursors[place] for place in places[start : start + AT_ONCE]}
