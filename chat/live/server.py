"""The web server's end of a socket. An application may take it over from uvicorn: then each message costs one call and
no task, and a page that is open all day costs little memory. Start uvicorn with `--ws=chat.live.server:TakenSocket`.
"""

from typing import Any, Protocol

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame
from websockets.http11 import Request

from chat.live.bucket import Bucket

try:
    from websockets.speedups import apply_mask
except ImportError:
    from websockets.utils import apply_mask

# In the `extensions` of the ASGI scope.
EXTENSION = "chat.socket"
# RFC 6455, 5.2: FIN and opcode of a whole text; that a client masks; lengths that stand in two or eight more bytes.
WHOLE_TEXT, MASKED, LENGTH = 0x81, 0x80, 0x7F
IN_TWO_BYTES, IN_EIGHT_BYTES = 126, 127
MASK_BYTES = 4
FIN, OPCODE, CLOSE = 0x80, 0x0F, 0x08
# Pings, pongs and parts of messages, of which a page sends next to none; messages are counted by who listens.
OTHERS_PER_S, OTHERS_AT_ONCE, MOST_PARTS = 5, 50, 128
TOO_FAST = 4029
# Whoever goes on after the goodbye: behind so much nothing is read any more.
MOST_AFTER_CLOSE = 2**16


class Listener(Protocol):
    """Who takes a socket over. None of these may wait."""

    def heard(self, message: str | bytes) -> None: ...

    def drain(self) -> None:
        """The socket takes more again."""

    def lost(self) -> None:
        """Nothing more is heard, whoever closed it. Perhaps told twice."""


class Nowhere:
    """Where uvicorn puts what an application that has returned would have received."""

    def put_nowait(self, _event: Any) -> None:
        pass


NOWHERE = Nowhere()


class TakenSocket(WebSocketsSansIOProtocol):
    """uvicorn's own until it is taken. Then frames that hold a whole text are read and written here, all others, and
    the handshakes at both ends, by the `websockets` library as before; it sees whole frames only."""

    _listener: Listener | None = None
    # Of a frame whose end has not come yet.
    _begun = b""
    _others: Bucket | None = None
    _after_close = 0

    @property
    def is_writable(self) -> bool:
        return self.writable.is_set()

    def take(self, listener: Listener) -> None:
        """From here on `listener` hears all; what had come before it hears at once. The application may return."""
        self._listener = listener
        before, self.queue = self.queue, NOWHERE  # type: ignore[assignment]
        # They would be kept as long as the page is open.
        del self.scope, self.request, self.response
        while not before.empty():
            self._retell(before.get_nowait())
        self.resume_reading()

    def write(self, text: bytes) -> None:
        """Sends a text message. Whoever writes more while not `is_writable` fills memory."""
        if not self.close_sent and not self.transport.is_closing():
            self.transport.write(_head(len(text)) + text)

    def close(self, code: int) -> None:
        """Says goodbye behind what was written, and waits for the answer, but not for ever."""
        if self.close_sent or self.transport.is_closing():
            return
        if not self.handshake_complete:
            self.transport.abort()
            return
        self.conn.send_close(code)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.resume_reading()
        self._abort_in_time()

    def pause_reading(self) -> None:
        if not self.read_paused and not self.transport.is_closing():
            self.read_paused = True
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        if self.read_paused and not self.transport.is_closing():
            self.read_paused = False
            self.transport.resume_reading()

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.handshake_complete:
            self.scope["extensions"][EXTENSION] = self  # type: ignore[index]

    async def run_asgi(self) -> None:
        """As uvicorn does, but a socket that was taken stays open when the application returns."""
        try:
            await self.app(self.scope, self.receive, self.send)  # type: ignore[arg-type]
        except ClientDisconnected:
            pass
        except Exception:
            self.logger.exception("Exception in ASGI application\n")
        if self._listener is None and self.close_timer is None:
            self.send_500_response()
            self.transport.close()

    def handle_close(self, event: Frame) -> None:
        super().handle_close(event)
        self._abort_in_time()

    def data_received(self, data: bytes) -> None:
        if self.close_sent and self._has_enough(data):
            return
        if self.handshake_initiated:
            self._begun = self._read(self._begun + data if self._begun else data)
        else:
            super().data_received(data)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._listener:
            self._listener.drain()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._listener:
            self._listener.lost()

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        # A phone that lost its network takes nothing of what still waits for it.
        self.transport.abort()

    def send_receive_event_to_app(self) -> None:
        """A message that came as several frames, or as bytes."""
        if self._listener is None:
            super().send_receive_event_to_app()
            return
        data, self.frames = b"".join(self.frames), []
        self._pass_on(data if self.curr_msg_data_type == "bytes" else _text(data))

    def _read(self, data: bytes) -> bytes:
        """Passes whole frames on; returns what has come of the next one."""
        at = 0
        while (end := _end(data, at)) <= len(data):
            self._read_frame(data, at, end)
            at = end
        if end - at > self.conn.max_message_size + 14:
            # The library says so and closes.
            super().data_received(data[at:])
            return b""
        return data[at:] if at else data

    def _read_frame(self, data: bytes, at: int, end: int) -> None:
        if self.close_sent and data[at] & OPCODE != CLOSE:
            return
        start = at + (4 if data[at + 1] & LENGTH == IN_TWO_BYTES else 2) + MASK_BYTES
        if self._is_plain(data, at) and end - start <= self.conn.max_message_size:
            self._pass_on(_text(apply_mask(data[start:end], data[start - MASK_BYTES : start])))
        elif data[at] & OPCODE == CLOSE or self._is_counted(data, at) or self._may_come():
            super().data_received(data[at:end])

    def _is_counted(self, data: bytes, at: int) -> bool:
        """A whole text, be it compressed, is counted by who listens."""
        return bool(self._listener and data[at] & (FIN | OPCODE) == WHOLE_TEXT)

    def _may_come(self) -> bool:
        """Whether another frame than a whole text may be read; if not, it was the last one."""
        self._others = self._others or Bucket(OTHERS_PER_S, OTHERS_AT_ONCE)
        too_many = self._others.wait_s() or len(self.frames) > MOST_PARTS
        if too_many:
            self.close(TOO_FAST)
        return not too_many

    def _has_enough(self, data: bytes) -> bool:
        self._after_close += len(data)
        if self._after_close > MOST_AFTER_CLOSE:
            self.pause_reading()
        return self._after_close > MOST_AFTER_CLOSE

    def _abort_in_time(self) -> None:
        """A page that reads nothing does not read a goodbye either, and transport.close() would wait for it."""
        if self.close_timer is None and not self.disconnected:
            self.close_timer = self.loop.call_later(self.close_timeout, self.transport.abort)

    def _is_plain(self, data: bytes, at: int) -> bool:
        """A whole text of usual length, for somebody who has taken the socket, not in the middle of another message."""
        masked = data[at + 1] & MASKED and data[at + 1] & LENGTH != IN_EIGHT_BYTES
        return bool(data[at] == WHOLE_TEXT and masked and self._listener and self.conn.current_size is None)

    def _pass_on(self, message: str | bytes | None) -> None:
        if message is None:
            self.close(CloseCode.INVALID_DATA)
        elif not self.close_sent and not self.transport.is_closing():
            self._listener.heard(message)

    def _retell(self, event: Any) -> None:
        if event["type"] == "websocket.receive":
            self._listener.heard(event.get("text") or event.get("bytes") or "")
        else:
            self._listener.lost()


def _text(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def _end(data: bytes, at: int) -> int:
    """Where the frame that begins at `at` ends, as far as can be told: beyond `data` when not all of it has come."""
    head = at + 2
    if len(data) < head:
        return head
    length, mask = data[at + 1] & LENGTH, MASK_BYTES if data[at + 1] & MASKED else 0
    if length < IN_TWO_BYTES:
        return head + mask + length
    more = 2 if length == IN_TWO_BYTES else 8
    return head + more + mask + int.from_bytes(data[head : head + more]) if len(data) >= head + more else head + more


def _head(length: int) -> bytes:
    if length < IN_TWO_BYTES:
        return bytes((WHOLE_TEXT, length))
    if length < 2**16:
        return bytes((WHOLE_TEXT, IN_TWO_BYTES)) + length.to_bytes(2)
    return bytes((WHOLE_TEXT, IN_EIGHT_BYTES)) + length.to_bytes(8)
