"""The consumer in this process."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.contrib.sessions.backends.db import SessionStore

from accounts.models import User
from chat.consumers import ChatSocket
from chat.demo.companion import session_of
from chat.live import hub as hubs
from chat.live.hub import Hub


class Socket(ApplicationCommunicator):
    """Let in as `user`."""

    def __init__(self, user: User, session_key: str) -> None:
        scope = {"type": "websocket", "user": user, "session": SessionStore(session_key)}
        super().__init__(ChatSocket.as_asgi(), scope)

    async def say(self, **frame: Any) -> None:
        await self.send_input({"type": "websocket.receive", "text": json.dumps(frame)})

    async def next(self) -> dict[str, Any]:
        return json.loads((await self.receive_output(3))["text"])

    async def hello(self, **resume: int) -> dict[str, Any]:
        asked = [{"conv": int(name.removeprefix("conv_")), "last_seq": seq} for name, seq in resume.items()]
        await self.say(t="hello", v=1, resume=asked)
        return await self.next()

    async def close_code(self) -> int:
        while (sent := await self.receive_output(3))["type"] != "websocket.close":
            pass
        return sent["code"]

    async def leave(self) -> None:
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(3)


async def socket_of(user: User) -> Socket:
    socket = Socket(user, await sync_to_async(session_of)(user))
    await socket.send_input({"type": "websocket.connect"})
    assert (await socket.receive_output(3))["type"] == "websocket.accept"
    return socket


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    hub = await hubs.hub()
    yield hub
    del hubs._hubs[asyncio.get_running_loop()]
    await hub.close()
