"""The socket's door and its listener in this process."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.backends.db import SessionStore

from accounts.models import User
from chat.consumers import chat_socket
from chat.demo.companion import session_of
from chat.live import hub as hubs
from chat.live.hub import Hub
from chat.live.server import EXTENSION
from tests.chat.ear import QuietSocket


class Socket(QuietSocket):
    """Let in as `user`."""

    async def connect(self, user: User, session_key: str) -> None:
        scope = {"user": user, "session": SessionStore(session_key), "extensions": {EXTENSION: self}}
        await chat_socket(scope, _nothing, _nowhere)

    def say(self, **frame: Any) -> None:
        self.listener.heard(json.dumps(frame))

    async def hello(self, **resume: int) -> dict[str, Any]:
        asked = [{"conv": int(name.removeprefix("conv_")), "last_seq": seq} for name, seq in resume.items()]
        self.say(t="hello", v=1, resume=asked)
        return await self.next()

    async def close_code(self) -> int:
        while (frame := await self.next())["t"] != "closed":
            pass
        return frame["code"]

    def leave(self) -> None:
        self.listener.lost()


async def socket_of(user: User) -> Socket:
    socket = Socket()
    await socket.connect(user, await sync_to_async(session_of)(user))
    return socket


async def _nothing() -> dict[str, Any]:
    return {"type": "websocket.connect"}


async def _nowhere(_event: dict[str, Any]) -> None:
    pass


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    hub = await hubs.hub()
    yield hub
    del hubs._hubs[asyncio.get_running_loop()]
    await hub.close()
