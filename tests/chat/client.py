"""A small client of docs/protocol.md, written from that page alone."""

import asyncio
import json
from types import TracebackType
from typing import Any
from uuid import uuid4

import websockets
from asgiref.sync import sync_to_async

from accounts.models import User
from chat.demo.companion import session_of


class Page:
    """An open page: `async with Page(server, user) as page`."""

    def __init__(self, server: str, user: User | None, *, origin: str | None = None) -> None:
        self.server, self.user, self.origin = server, user, origin or server
        self.inbox: list[dict[str, Any]] = []

    async def __aenter__(self) -> "Page":
        headers = {}
        if self.user is not None:
            self.session_key = await sync_to_async(session_of)(self.user)
            headers["Cookie"] = f"sessionid={self.session_key}"
        address = self.server.replace("http", "ws", 1) + "/ws/"
        self.socket = await websockets.connect(address, origin=self.origin, additional_headers=headers)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.socket.close()

    async def say(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))

    async def hello(self, **resume: int) -> dict[str, Any]:
        """Resumes conversations given as conv_7=41."""
        asked = [{"conv": int(name.removeprefix("conv_")), "last_seq": seq} for name, seq in resume.items()]
        await self.say(t="hello", v=1, resume=asked)
        return await self.hear("welcome")

    async def send(self, conv: int, body: str, cmid: str | None = None) -> str:
        cmid = cmid or str(uuid4())
        await self.say(t="send", cmid=cmid, conv=conv, kind="text", body=body)
        return cmid

    async def hear(self, t: str, /, seconds: float = 5, **fields: Any) -> dict[str, Any]:
        """The next frame of this type with these fields; others are kept for later."""
        for frame in self.inbox:
            if fits(frame, t, fields):
                self.inbox.remove(frame)
                return frame
        async with asyncio.timeout(seconds):
            while True:
                frame = json.loads(await self.socket.recv())
                if fits(frame, t, fields):
                    return frame
                self.inbox.append(frame)

    async def closed(self) -> int:
        """The code the server closed with."""
        async with asyncio.timeout(5):
            try:
                while True:
                    await self.socket.recv()
            except websockets.ConnectionClosed as end:
                return end.rcvd.code


def fits(frame: dict[str, Any], t: str, fields: dict[str, Any]) -> bool:
    return frame["t"] == t and all(frame.get(name) == value for name, value in fields.items())
