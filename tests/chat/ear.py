"""A socket without a network: it remembers what was written to it."""

import asyncio
import json
from typing import Any

from chat.live.connection import Connection
from chat.live.hub import Hub


class QuietSocket:
    """In place of chat/live/server.py; `listener` is who took it."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.is_writable = True
        self.reads = True
        self.listener: Any = None

    def take(self, listener: Any) -> None:
        self.listener = listener

    def write(self, text: bytes) -> None:
        self.heard.put_nowait(json.loads(text))

    def close(self, code: int) -> None:
        self.heard.put_nowait({"t": "closed", "code": code})

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        self.reads = True

    async def next(self) -> dict[str, Any]:
        return await asyncio.wait_for(self.heard.get(), 3)


class Ear(QuietSocket):
    def __init__(self, user_id: int, **let_in_by: str) -> None:
        super().__init__()
        self.connection = Connection(user_id, self, self.close, **let_in_by)


async def join(hub: Hub, *users: int, **heads: int) -> list[Ear]:
    """An ear for each, that has said hello and has everything up to the heads given as conv_7=41."""
    ears = [Ear(user) for user in users]
    async with asyncio.timeout(2):
        await asyncio.gather(*(hub.join(ear.connection) for ear in ears))
    have = {int(name.removeprefix("conv_")): head for name, head in heads.items()}
    for ear in ears:
        assert hub.places.admit(ear.connection) is None
        await ear.connection.resume(hub.pool, have, have)
    return ears
