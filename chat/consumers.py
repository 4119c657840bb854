"""The socket's door: who is it, what does the frame say, one call, an answer."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any

import asyncpg
from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer

from chat.live import log as message_log
from chat.live.connection import BURST, RATE_PER_S, Connection
from chat.live.frames import (
    FRAME_LIMIT_BYTES,
    PROTOCOL_VERSION,
    TEXT_LIMIT,
    FrameError,
    Hello,
    Ping,
    Send,
    Sync,
    read_frame,
    ref_of,
)
from chat.live.hub import Hub, hub
from chat.live.standing import SIGNED_OUT, who_must_go

log = logging.getLogger(__name__)
TOO_MANY, TOO_BIG, NO_HELLO, BROKEN = 4509, 1009, 4408, 1011
HELLO_WITHIN_S = 10
TRY_AGAIN_S = 2
LIMITS = {"frame_bytes": FRAME_LIMIT_BYTES, "text_chars": TEXT_LIMIT, "rate_per_s": RATE_PER_S, "burst": BURST}


class ChatSocket(AsyncWebsocketConsumer):
    hub: Hub | None = None
    connection: Connection | None = None
    patience: asyncio.TimerHandle | None = None
    greeted = False

    async def __call__(self, scope: dict[str, Any], receive: Callable, send: Callable) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            # However it ended: the place is free again, and nobody counts as here who is not.
            self._leave()

    async def dispatch(self, message: dict[str, Any]) -> None:
        # Channels would hop to a thread here for every frame to close old ORM connections; this path has none.
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        user = self.scope["user"]
        await self.accept()
        if not user.is_authenticated or not user.is_active:
            await self.close(SIGNED_OUT)
            return
        self.hub = await hub()
        let_in_by = {"session_key": self.scope["session"].session_key, "password": user.password}
        self.connection = Connection(user.pk, self._write, self._shut, **let_in_by)
        if self.hub.admit(self.connection):
            self.patience = asyncio.get_running_loop().call_later(HELLO_WITHIN_S, self.connection.end, NO_HELLO)
        else:
            self.connection.end(TOO_MANY)

    async def disconnect(self, code: int) -> None:
        raise StopConsumer

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.connection is None or self.connection.over:
            return
        text = text_data or ""
        if len(bytes_data or text.encode(errors="replace")) > FRAME_LIMIT_BYTES:
            self.connection.end(TOO_BIG)
        elif wait := self.connection.bucket.wait_s():
            self._refuse("rate_limited", ref_of(text), retry_after=round(wait, 2))
        else:
            await self._hear(text)

    async def _hear(self, text: str) -> None:
        try:
            await self._answer(read_frame(text))
        except FrameError as error:
            self._refuse(error.code, error.ref)
        except message_log.PASSING as error:
            log.warning("a frame must be sent again: %r", error)
            self._try_again(text)
        except asyncpg.IntegrityConstraintViolationError:
            # One order that breaks a rule, until people mend it, must not end its two people's other talks.
            log.exception("a frame waits for an order to be mended")
            self._try_again(text)
        except Exception:
            log.exception("a frame could not be answered")
            self.connection.end(BROKEN)

    def _try_again(self, text: str) -> None:
        if self.greeted:
            self._refuse("try_again", ref_of(text), retry_after=TRY_AGAIN_S)
        else:
            # A page says hello once, so this one connects again.
            self.connection.end(BROKEN)

    async def _answer(self, frame: Hello | Send | Sync | Ping) -> None:
        match frame:
            case Ping():
                self._offer({"t": "pong"})
            case Hello():
                await self._hello(frame)
            case _ if not self.greeted:
                raise FrameError("hello_first")
            case Send():
                await self._send(frame)
            case Sync():
                await self._read_log(frame)

    async def _hello(self, hello: Hello) -> None:
        if self.greeted:
            raise FrameError("bad_frame")
        self.patience.cancel()
        # Listening starts before the log is read: what is written in between comes twice and is dropped by seq.
        await self.hub.join(self.connection)
        # Joined first: whoever signs out from here on is told to all who joined.
        if must_go := await who_must_go(self.hub.pool, [self.connection]):
            self.connection.end(must_go[0][1])
            return
        heads = await message_log.heads(self.hub.pool, self.connection.user_id, list(hello.resume))
        self._offer(
            {
                "t": "welcome",
                "v": PROTOCOL_VERSION,
                "conn": self.connection.id,
                "user": self.connection.user_id,
                "limits": LIMITS,
                "heads": [{"conv": conv, "head": head} for conv, head in heads.items()],
                "server_now_ms": await message_log.now_ms(self.hub.pool),
            }
        )
        self.greeted = True
        await self.connection.resume(self.hub.pool, hello.resume, heads)
        await self.hub.acquaint(self.connection)

    async def _send(self, send: Send) -> None:
        here = await self.hub.client_is_here(self.connection, send.conv)
        try:
            written = await message_log.write(self.hub.pool, self.connection.user_id, send, client_here=here)
        except message_log.Refused as refused:
            raise FrameError(refused.code, str(send.cmid)) from refused
        ack = {"t": "ack", "cmid": str(send.cmid), "conv": send.conv, "seq": written.seq, "at": written.at_ms}
        self._offer({**ack, "dup": written.dup})
        if not written.dup:
            await self._spread(send, written)

    async def _spread(self, send: Send, written: message_log.Written) -> None:
        row = {"seq": written.seq, "sender_id": self.connection.user_id, "cmid": send.cmid, "kind": "text"}
        frame = message_log.message_frame(send.conv, {**row, "body": send.body, "at_ms": written.at_ms})
        clock = {"booking": str(written.booking_id), "stop_ms": written.stop_ms}
        await self.hub.publish(written.members, {**frame, **clock})
        if written.stepped:
            await self.hub.announce(written.booking_id)

    async def _read_log(self, sync: Sync) -> None:
        frames = await message_log.after(self.hub.pool, self.connection.user_id, sync.conv, sync.after, sync.limit)
        head = await message_log.heads(self.hub.pool, self.connection.user_id, [sync.conv])
        if sync.conv not in head:
            raise FrameError("not_found")
        self._offer({"t": "page", "conv": sync.conv, "head": head[sync.conv], "messages": frames})

    def _offer(self, frame: dict[str, Any]) -> None:
        self.connection.offer(frame)

    def _refuse(self, code: str, ref: str | None, retry_after: float | None = None) -> None:
        self._offer({"t": "error", "ref": ref, "code": code, "retry_after": retry_after})

    async def _write(self, text: str) -> None:
        await self.send(text)

    async def _shut(self, code: int) -> None:
        # First the place: a page that does not read is not told at once, but has no part in anything any more.
        self._leave()
        with contextlib.suppress(OSError, RuntimeError):
            await self.close(code)

    def _leave(self) -> None:
        if self.patience:
            self.patience.cancel()
        if self.connection:
            self.connection.stop()
            self.hub.leave(self.connection)
