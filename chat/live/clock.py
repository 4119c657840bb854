"""The database's clock in this process: asked once a round, carried on by the monotonic one in between."""

import time

import asyncpg

from chat.live import log as message_log


class DatabaseClock:
    """`now_ms` is within a round trip of the truth; before the first `ask` it is not known."""

    def __init__(self) -> None:
        self._offset_ms: float | None = None

    async def ask(self, pool: asyncpg.Pool) -> None:
        before = time.monotonic()
        now_ms = await message_log.now_ms(pool)
        self._offset_ms = now_ms - 500 * (before + time.monotonic())

    @property
    def known(self) -> bool:
        return self._offset_ms is not None

    @property
    def now_ms(self) -> int:
        return int(time.monotonic() * 1000 + self._offset_ms)

    def wait_s(self, at_ms: int) -> float:
        """How long until then; never negative."""
        return max(0.0, (at_ms - self.now_ms) / 1000)
