"""The server's end of a socket, over real TCP and byte by byte: whatever comes, what was said is heard, once."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st
from uvicorn.server import ServerState
from websockets.asyncio.client import connect
from websockets.frames import Frame, Opcode

from chat.live.server import EXTENSION, TakenSocket
from devstack import ports

GREETING = (
    b"GET /ws/ HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
LARGEST = 4096


@dataclass
class Echo:
    socket: TakenSocket
    messages: list[Any] = field(default_factory=list)
    drained = 0
    lost_times = 0

    def heard(self, message: str | bytes) -> None:
        self.messages.append(message)
        self.socket.write(message if isinstance(message, bytes) else message.encode())

    def drain(self) -> None:
        self.drained += 1

    def lost(self) -> None:
        self.lost_times += 1


class Site:
    """An application that lets everybody in, takes the sockets and returns; `delay_s` after it let them in."""

    def __init__(self) -> None:
        self.echoes: list[Echo] = []
        self.delay_s = 0.0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "websocket":
            return
        await receive()
        await send({"type": "websocket.accept"})
        await asyncio.sleep(self.delay_s)
        socket = scope["extensions"][EXTENSION]
        self.echoes.append(Echo(socket))
        socket.take(self.echoes[-1])


class Client:
    """Speaks bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def next(self) -> tuple[int, bytes]:
        """Opcode and payload of what the server says, which is never masked nor in parts."""
        first, length = await asyncio.wait_for(self.reader.readexactly(2), 3)
        if length == 126:
            [length] = struct.unpack("!H", await self.reader.readexactly(2))
        elif length == 127:
            [length] = struct.unpack("!Q", await self.reader.readexactly(8))
        return first & 0x0F, await self.reader.readexactly(length)

    async def close_code(self) -> int:
        while (came := await self.next())[0] != Opcode.CLOSE:
            pass
        return int.from_bytes(came[1][:2])


def frame(data: bytes | str, opcode: int = Opcode.TEXT, *, fin: bool = True, mask: bool = True) -> bytes:
    data = data.encode() if isinstance(data, str) else data
    return Frame(Opcode(opcode), data, fin).serialize(mask=mask)


@asynccontextmanager
async def serving(**options: Any) -> AsyncIterator[tuple[Site, int]]:
    site, port = Site(), ports.free_port()
    options = {"ws_max_size": LARGEST, "ws_per_message_deflate": False} | options
    config = uvicorn.Config(site, port=port, ws=TakenSocket, lifespan="off", log_level="error", **options)
    server = uvicorn.Server(config)
    # Without its signal handlers, which are the test run's.
    task = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield site, port
    finally:
        server.should_exit = True
        await task


@pytest.fixture
async def site() -> AsyncIterator[tuple[Site, int]]:
    async with serving() as both:
        yield both


@asynccontextmanager
async def connected(port: int, with_it: bytes = b"") -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(GREETING)
    assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
    writer.write(with_it)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()


async def until(condition: Any) -> None:
    async with asyncio.timeout(3):
        while not condition():
            await asyncio.sleep(0.01)


async def test_what_is_said_is_heard_and_answered(site):
    async with connected(site[1]) as client:
        for text in ("", "我在", "x" * 125, "x" * 126, "x" * LARGEST):
            await client.say(frame(text))
            assert await client.next() == (Opcode.TEXT, text.encode())
    await until(lambda: site[0].echoes[0].lost_times)
    assert site[0].echoes[0].messages == ["", "我在", "x" * 125, "x" * 126, "x" * LARGEST]


async def test_a_message_longer_than_64_kib_can_be_written(site):
    async with connected(site[1]) as client:
        await until(lambda: site[0].echoes)
        site[0].echoes[0].socket.write(b"y" * 70_000)
        assert await client.next() == (Opcode.TEXT, b"y" * 70_000)


async def test_what_comes_before_it_is_taken_is_heard_first(site):
    site[0].delay_s = 0.2
    async with connected(site[1]) as client:
        said = frame("one") + frame("two")
        await client.say(said[:-3])
        await asyncio.sleep(0.1)
        assert site[0].echoes == []
        await client.say(said[-3:])
        assert [await client.next() for _ in range(2)] == [(Opcode.TEXT, b"one"), (Opcode.TEXT, b"two")]


async def test_a_ping_is_answered_also_between_the_parts_of_a_message(site):
    async with connected(site[1]) as client:
        await client.say(frame("he", fin=False) + frame("?", Opcode.PING) + frame("llo", Opcode.CONT))
        assert await client.next() == (Opcode.PONG, b"?")
        assert await client.next() == (Opcode.TEXT, b"hello")


async def test_compressed_messages_are_heard_and_count_as_messages():
    async with serving(ws_per_message_deflate=True) as (site, port), connect(f"ws://127.0.0.1:{port}/ws/") as client:
        for _ in range(60):
            await client.send("hello")
            assert await client.recv() == "hello"
    assert site.echoes[0].messages == ["hello"] * 60


async def test_bytes_are_heard_as_bytes(site):
    async with connected(site[1]) as client:
        await client.say(frame(b"\xff", Opcode.BINARY))
        await client.next()
    assert site[0].echoes[0].messages == [b"\xff"]


UNREADABLE = {
    "not UTF-8": (frame(b"\xff\xfe"), 1007),
    "not UTF-8, in parts": (frame(b"\xff", fin=False) + frame(b"\xfe", Opcode.CONT), 1007),
    "not masked": (frame("x", mask=False), 1002),
    "reserved bit": (b"\xc1" + frame("x")[1:], 1002),
    "no such opcode": (b"\x83" + frame("x")[1:], 1002),
    "text within a text": (frame("x", fin=False) + frame("y"), 1002),
    "goes on with nothing": (frame("x", Opcode.CONT), 1002),
    "too large": (frame("x" * (LARGEST + 1)), 1009),
    "too large, in parts": (frame("x" * LARGEST, fin=False) + frame("x", Opcode.CONT), 1009),
    "too large by far, of which nothing comes": (b"\x81\xff" + struct.pack("!Q", 2**62), 1009),
    "the client leaves": (frame(struct.pack("!H", 1000), Opcode.CLOSE), 1000),
}


@pytest.mark.parametrize(("said", "code"), UNREADABLE.values(), ids=UNREADABLE)
async def test_what_ends_it_ends_it_with_its_code_and_nothing_after_it_is_heard(site, said, code):
    async with connected(site[1]) as client:
        await client.say(frame("before") + said + frame("after"))
        assert await client.close_code() == code
        await client.say(frame(struct.pack("!H", code), Opcode.CLOSE))
        assert await client.reader.read() == b""
    await until(lambda: site[0].echoes[0].lost_times)
    assert (site[0].echoes[0].messages, site[0].echoes[0].lost_times) == (["before"], 1)


async def test_closing_says_what_was_written_before_and_why(site):
    async with connected(site[1]) as client:
        await until(lambda: site[0].echoes)
        echo = site[0].echoes[0]
        echo.socket.write(b"last")
        echo.socket.close(4501)
        echo.socket.write(b"too late")
        assert await client.next() == (Opcode.TEXT, b"last")
        assert await client.next() == (Opcode.CLOSE, struct.pack("!H", 4501))
        await client.say(frame("unheard") + frame(struct.pack("!H", 4501), Opcode.CLOSE))
        assert await client.reader.read() == b""
    assert (echo.messages, echo.lost_times) == ([], 1)


async def test_one_that_does_not_read_is_told_when_it_can_take_no_more_and_not_waited_for(site, monkeypatch):
    async with connected(site[1]):
        await until(lambda: site[0].echoes)
        echo = site[0].echoes[0]
        echo.socket.close_timeout = 0.2
        async with asyncio.timeout(3):
            while echo.socket.is_writable:
                echo.socket.write(b"z" * 60_000)
                await asyncio.sleep(0)
        echo.socket.close(4008)
        await until(lambda: echo.lost_times)


async def test_one_that_reads_again_is_drained(site):
    async with connected(site[1]) as client:
        await until(lambda: site[0].echoes)
        echo, written = site[0].echoes[0], 0
        while echo.socket.is_writable:
            echo.socket.write(b"z" * 60_000)
            written += 1
            await asyncio.sleep(0)
        for _ in range(written):
            await client.next()
        await until(lambda: echo.drained)
        assert echo.socket.is_writable


async def test_one_whose_network_is_gone_is_lost_though_something_waits_for_it():
    async with serving(ws_ping_interval=0.1, ws_ping_timeout=0.1) as (site, port), connected(port):
        await until(lambda: site.echoes)
        while site.echoes[0].socket.is_writable:
            site.echoes[0].socket.write(b"z" * 60_000)
            await asyncio.sleep(0)
        await until(lambda: site.echoes[0].lost_times)


FLOODS = {
    "pings": frame("", Opcode.PING),
    "empty parts": frame("", Opcode.CONT, fin=False),
    "pongs": frame("", Opcode.PONG),
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
async def test_who_floods_with_what_is_no_message_is_closed(site, flood):
    async with connected(site[1]) as client:
        await client.say(frame("", fin=False) + flood * 500)
        assert await client.close_code() == 4029
        await client.say(flood * 100_000)
        await asyncio.sleep(0.05)
        assert site[0].echoes[0].socket.read_paused


async def test_who_floods_before_anybody_listens_is_closed_too(site):
    site[0].delay_s = 0.2
    async with connected(site[1]) as client:
        await client.say(frame("x") * 5000)
        assert await client.close_code() == 4029


async def test_one_that_says_goodbye_and_does_not_read_is_lost_in_time(site):
    async with connected(site[1]) as client:
        await until(lambda: site[0].echoes)
        echo = site[0].echoes[0]
        echo.socket.close_timeout = 0.2
        while echo.socket.is_writable:
            echo.socket.write(b"z" * 60_000)
            await asyncio.sleep(0)
        await client.say(frame(struct.pack("!H", 1000), Opcode.CLOSE))
        await until(lambda: echo.lost_times)


async def test_who_is_connected_is_told_when_the_server_ends():
    async with serving() as (site, port), connected(port) as client:
        await until(lambda: site.echoes)
        ending = asyncio.create_task(client.close_code())
        site.echoes[0].socket.shutdown()
        assert await ending == 1012
    assert site.echoes[0].lost_times == 1


class Network(asyncio.Transport):
    """Takes everything."""

    def write(self, data: Any) -> None:
        pass

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None:
        pass

    resume_reading = close = pause_reading


async def heard_of(chunks: list[bytes]) -> list[str]:
    site = Site()
    socket = TakenSocket(uvicorn.Config(site, ws=TakenSocket), ServerState(), {})
    socket.connection_made(Network())
    socket.data_received(GREETING)
    await until(lambda: site.echoes)
    for chunk in chunks:
        socket.data_received(chunk)
    return site.echoes[0].messages


def in_parts(parts: tuple[str, str]) -> tuple[bytes, list[str]]:
    first, second = parts
    return frame(first, fin=False) + frame("?", Opcode.PING) + frame(second, Opcode.CONT), [first + second]


SAID = st.one_of(
    st.text(max_size=200).map(lambda text: (frame(text), [text])),
    st.tuples(st.text(max_size=70), st.text(max_size=70)).map(in_parts),
    st.just((frame("!", Opcode.PONG), [])),
)


@settings(deadline=None)
@given(st.lists(SAID, max_size=6), st.lists(st.integers(0, 1500), max_size=8))
def test_wherever_the_network_cuts_it_the_same_is_heard(said, cuts):
    data = b"".join(raw for raw, _ in said)
    at = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    chunks = [data[start:end] for start, end in pairwise(at) if start < end]
    assert asyncio.run(heard_of(chunks)) == [text for _, texts in said for text in texts]
