"""The client's half of RFC 6455, as little of it as the servers here need.

A library would cost the load's core more than the messages do. No extension is offered, so nothing is compressed.
"""

import asyncio
import base64
import os

CONTINUED, TEXT, CLOSE, PING, PONG = 0x0, 0x1, 0x8, 0x9, 0xA
LAST = 0x80
MASKED = 0x80
# Not all zero, which some servers notice and then unmask nothing.
MASK = b"\x37\xfa\x21\x3d"


class Wire(asyncio.Protocol):
    """One connection: `heard(payload)` for each text, `opened` when the server has agreed, `closed` when it is over."""

    def __init__(self, request: bytes) -> None:
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[str] = loop.create_future()
        self._request, self._rest, self._parts = request, b"", []
        self._agreed = False

    def heard(self, payload: bytes) -> None:
        raise NotImplementedError

    def say(self, payload: bytes) -> None:
        self.transport.write(frame(LAST | TEXT, payload))

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        transport.write(self._request)

    def connection_lost(self, error: Exception | None) -> None:
        self._over(repr(error) if error else "the connection ended")

    def data_received(self, data: bytes) -> None:
        if self._rest:
            data = self._rest + data
        start = 0 if self._agreed else self._agree(data)
        self._rest = data[self._read(data, start) :] if self._agreed else data

    def _read(self, data: bytes, start: int) -> int:
        """Where the first frame begins that is not all there."""
        end = len(data)
        while start + 2 <= end:
            size, at = data[start + 1], start + 2
            if size >= 126:
                at += 2 if size == 126 else 8
                size = int.from_bytes(data[start + 2 : at])
            stop = at + size
            if stop > end:
                break
            if data[start] == LAST | TEXT:
                self.heard(data[at:stop])
            else:
                self._rarer(data[start], data[at:stop])
            start = stop
        return start

    def _rarer(self, first: int, payload: bytes) -> None:
        match first & 0x0F:
            case 0x9:
                self.transport.write(frame(LAST | PONG, payload))
            case 0x8:
                self._over(f"closed with {int.from_bytes(payload[:2])}")
                self.transport.close()
            case 0x0 | 0x1:
                self._parts.append(payload)
                if first & LAST:
                    whole, self._parts = b"".join(self._parts), []
                    self.heard(whole)

    def _agree(self, data: bytes) -> int:
        """The end of the server's answer to the handshake; 0 while it is not all there."""
        head, found, _ = data.partition(b"\r\n\r\n")
        if not found:
            return 0
        if not head.startswith(b"HTTP/1.1 101 "):
            self._over(head.partition(b"\r\n")[0].decode())
            self.transport.abort()
            return 0
        self._agreed = True
        self.opened.set_result(None)
        return len(head) + 4

    def _over(self, why: str) -> None:
        if not self.opened.done():
            self.opened.set_exception(ConnectionError(why))
        if not self.closed.done():
            self.closed.set_result(why)


def handshake(path: str, headers: dict[str, str]) -> bytes:
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: localhost",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        *(f"{name}: {value}" for name, value in headers.items()),
        "",
        "",
    ]
    return "\r\n".join(lines).encode()


def frame(first: int, payload: bytes) -> bytes:
    return _head(first, len(payload)) + MASK + masked(payload)


def masked(payload: bytes) -> bytes:
    size = len(payload)
    return (int.from_bytes(payload) ^ _mask(size)).to_bytes(size)


def _head(first: int, size: int) -> bytes:
    if size < 126:
        return bytes((first, MASKED | size))
    if size < 65536:
        return bytes((first, MASKED | 126)) + size.to_bytes(2)
    return bytes((first, MASKED | 127)) + size.to_bytes(8)


_masks: dict[int, int] = {}


def _mask(size: int) -> int:
    """The mask over so many bytes, as one number."""
    if size not in _masks:
        _masks[size] = int.from_bytes((MASK * (size // 4 + 1))[:size])
    return _masks[size]
