"""Clients that do what nobody should: one does not read what he is sent, one speaks as fast as the line takes it."""

import asyncio
import json
import os
import re
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from typing import Any
from urllib.parse import urlsplit

import websockets

from bench.chat.load.wire import LAST, TEXT, Wire, frame, handshake
from tests.faults.talking import Talker
from tests.server import WARM

# Together the kernel then holds some 60 KB for him, where it would hold megabytes on the same machine.
SMALL_WINDOW_BYTES, SMALL_SEGMENT_BYTES = 4096, 500
USUAL_WINDOW_BYTES = 64 * 1024
# A flooder hears how the first are answered, then says so many at a time.
FIRST, AT_ONCE = 60, 200
HEARS_S = 0.15
LET_IN_S = 5


class Unreading(Talker):
    """While he does not read, what is sent to him waits at the server."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.reads = asyncio.Event()
        self.reads.set()

    async def stop_reading(self) -> None:
        """On a line that is new: one that has carried much is given more room at the other end."""
        before = self.comings
        self.cut()
        while self.comings == before:
            await asyncio.sleep(0.02)
        self.reads.clear()

    def read_again(self) -> None:
        line = self.socket.transport.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, USUAL_WINDOW_BYTES)
        self.reads.set()

    def connect(self, url: str, **how: Any) -> websockets.connect:
        there = urlsplit(url)
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_WINDOW_BYTES)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SMALL_SEGMENT_BYTES)
        line.connect((there.hostname, there.port))
        return super().connect(url, sock=line, max_queue=1, ping_interval=None, **how)

    async def hear(self, socket: websockets.ClientConnection, frame: dict[str, Any]) -> None:
        await self.reads.wait()
        await super().hear(socket, frame)


@dataclass
class Flood:
    """What became of it: how much was said, ids that were acknowledged and that were refused, codes of errors and of
    closing."""

    said: int = 0
    acked: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    closed: Counter[str] = field(default_factory=Counter)


class Flooder:
    """A process of its own, that takes what the others leave of this machine: he would have one of his own."""

    def __init__(self, url: str, cookie: str, conv: int) -> None:
        self._on, self._over = WARM.Event(), WARM.Event()
        self._answer, told = WARM.Pipe(duplex=False)
        self._process = WARM.Process(target=_flood, args=(url, cookie, conv, self._on, self._over, told))
        self._process.start()

    @asynccontextmanager
    async def flooding(self) -> AsyncIterator[None]:
        self._on.set()
        try:
            yield
        finally:
            self._on.clear()

    def end(self) -> Flood:
        self._over.set()
        assert self._answer.poll(20), "the flooder does not end"
        flood = self._answer.recv()
        self._process.join()
        return flood


def _flood(url: str, cookie: str, conv: int, on: Event, over: Event, told: Connection) -> None:
    os.nice(19)
    told.send(asyncio.run(_flood_on(url, cookie, conv, on, over)))


async def _flood_on(url: str, cookie: str, conv: int, on: Event, over: Event) -> Flood:
    """Closed, he is back at once; the pauses in between are only not to be in the way."""
    flood = Flood()
    while not over.is_set():
        if not on.is_set():
            await asyncio.sleep(0.01)
            continue
        with suppress(OSError, TimeoutError):
            await _one_connection(Line(url, cookie, conv, flood), url, on)
    return flood


async def _one_connection(line: "Line", url: str, on: Event) -> None:
    there = urlsplit(url)
    await asyncio.get_running_loop().create_connection(lambda: line, there.hostname, there.port)
    await asyncio.wait_for(line.ready, LET_IN_S)
    line.say_many(FIRST)
    await asyncio.sleep(HEARS_S)
    while not line.closed.done() and on.is_set():
        if line.takes_more:
            line.say_many(AT_ONCE)
        await asyncio.sleep(0)
    # What is answered to the last of it.
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.shield(line.closed), 0.3)
    line.flood.closed[line.closed.result() if line.closed.done() else "open"] += 1
    line.transport.abort()


class Line(Wire):
    """One connection of the flooder."""

    CMID = re.compile(rb'"(?:cmid|ref)":"([0-9a-f-]{36})"')
    CODE = re.compile(rb'"code":"(\w+)"')

    def __init__(self, url: str, cookie: str, conv: int, flood: Flood) -> None:
        super().__init__(handshake("/ws/", {"Origin": url, "Cookie": f"sessionid={cookie}"}))
        self.conv, self.flood, self.takes_more = conv, flood, True
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.opened.add_done_callback(lambda opened: opened.exception() or self.greet())

    def greet(self) -> None:
        self.say(json.dumps({"t": "hello", "v": 1, "resume": []}).encode())

    def say_many(self, count: int) -> None:
        numbers = range(self.flood.said, self.flood.said + count)
        self.flood.said += count
        self.transport.write(b"".join(frame(LAST | TEXT, self.packed(number)) for number in numbers))

    def packed(self, number: int) -> bytes:
        cmid = b"00000000-0000-4000-8000-%012d" % number
        return b'{"t":"send","cmid":"%b","conv":%d,"kind":"text","body":"flood %d"}' % (cmid, self.conv, number)

    def heard(self, payload: bytes) -> None:
        if payload.startswith(b'{"t":"welcome"'):
            self.ready.set_result(None)
        elif payload.startswith(b'{"t":"ack"'):
            self.flood.acked.append(self.CMID.search(payload)[1].decode())
        elif payload.startswith(b'{"t":"error"'):
            self.flood.errors[self.CODE.search(payload)[1].decode()] += 1
            self.flood.refused.append(self.CMID.search(payload)[1].decode())

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        if not self.ready.done():
            self.ready.set_exception(ConnectionError())

    def pause_writing(self) -> None:
        self.takes_more = False

    def resume_writing(self) -> None:
        self.takes_more = True
