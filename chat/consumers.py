"""The socket's door: who is it, what does the frame say, one call, an answer."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import Any

import asyncpg
from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from chat.live import log as message_log
from chat.live.connection import Connection
from chat.live.frames import (
    FRAME_LIMIT_BYTES,
    PROTOCOL_VERSION,
    TEXT_LIMIT,
    Frame,
    FrameError,
    Hello,
    Ping,
    Seen,
    Send,
    Sync,
    Typing,
    is_too_big,
    read_frame,
    ref_of,
)
from chat.live.hub import Hub, hub
from chat.live.lane import Outgoing
from chat.live.replies import refusal, refused
from chat.live.standing import SIGNED_OUT, who_must_go
from chat.live.wire import picture

log = logging.getLogger(__name__)
TOO_MANY, TOO_BIG, NO_HELLO, BROKEN = 4509, 1009, 4408, 1011
HELLO_WITHIN_S = 10
TYPING_EVERY_S = 3


class ChatSocket(AsyncWebsocketConsumer):
    hub: Hub | None = None
    page: Connection | None = None
    patience: asyncio.TimerHandle | None = None
    greeted = False

    async def __call__(self, scope: dict[str, Any], receive: Callable, send: Callable) -> None:
        # Channels would make a task of each frame, and hop to a thread to close ORM connections that this path has not.
        self.scope, self.base_send = scope, scope.get("plain_send", send)
        try:
            with contextlib.suppress(StopConsumer):
                while True:
                    message = await receive()
                    await getattr(self, get_handler_name(message))(message)
        finally:
            # However it ended: the place is free again, and nobody counts as here who is not.
            self._leave()

    async def connect(self) -> None:
        user = self.scope["user"]
        await self.accept()
        if not user.is_authenticated or not user.is_active:
            await self.close(SIGNED_OUT)
            return
        self.hub = await hub()
        let_in_by = {"session_key": self.scope["session"].session_key, "password": user.password}
        self.page = Connection(user.pk, self._write, self._shut, **let_in_by)
        if self.hub.places.admit(self.page):
            self.patience = asyncio.get_running_loop().call_later(HELLO_WITHIN_S, self.page.end, NO_HELLO)
        else:
            self.page.end(TOO_MANY)

    async def disconnect(self, code: int) -> None:
        raise StopConsumer

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.page is None or self.page.over:
            return
        text = text_data or ""
        if is_too_big(bytes_data or text):
            self.page.end(TOO_BIG)
        elif wait := self.page.bucket.wait_s():
            self._refuse("rate_limited", ref_of(text), retry_after=round(wait, 2))
        else:
            await self._hear(text)

    async def _hear(self, text: str) -> None:
        try:
            await self._answer(read_frame(text))
        except FrameError as error:
            self._refuse(error.code, error.ref)
        except (*message_log.PASSING, asyncpg.IntegrityConstraintViolationError) as error:
            self._try_again(error, text)
        except Exception:
            log.exception("a frame could not be answered")
            self.page.end(BROKEN)

    def _try_again(self, error: Exception, text: str) -> None:
        answer = refusal(error, ref_of(text))
        if self.greeted:
            self.page.offer(answer)
        else:
            # A page says hello once, so this one connects again.
            self.page.end(BROKEN)

    async def _answer(self, frame: Frame) -> None:
        match frame:
            case Ping():
                self.page.offer({"t": "pong"})
            case Hello():
                await self._hello(frame)
            case _ if not self.greeted:
                raise FrameError("hello_first")
            case Send():
                await self._send(frame)
            case Seen():
                _is_known(await self.hub.note_seen(self.page, frame))
            case Typing():
                await self._typing(frame)
            case Sync():
                await self._read_log(frame)

    async def _hello(self, hello: Hello) -> None:
        if self.greeted:
            raise FrameError("bad_frame")
        self.patience.cancel()
        # Listening starts before the log is read: what is written in between comes twice and is dropped by seq.
        await self.hub.join(self.page)
        # Joined first: whoever signs out from here on is told to all who joined.
        if must_go := await who_must_go(self.hub.pool, [self.page]):
            self.page.end(must_go[0][1])
            return
        heads = await message_log.heads(self.hub.pool, self.page.user_id, list(hello.resume))
        self.page.offer(
            {
                "t": "welcome",
                "v": PROTOCOL_VERSION,
                "conn": self.page.id,
                "user": self.page.user_id,
                "limits": _limits(),
                "heads": list(heads.values()),
                "server_now_ms": await message_log.now_ms(self.hub.pool),
            }
        )
        self.greeted = True
        await self.page.resume(self.hub.pool, hello.resume, {conv: each["head"] for conv, each in heads.items()})
        await self.hub.acquaint(self.page)

    async def _send(self, send: Send) -> None:
        here = await self.hub.company.client_is_here(self.page, send.conv)
        self.hub.lane.put(Outgoing(self.page, send, here, await self._picture(send)))

    async def _picture(self, send: Send) -> dict[str, Any] | None:
        if send.attachment is None:
            return None
        size = await message_log.picture_of(self.hub.pool, self.page.user_id, send.conv, send.attachment)
        if size is None:
            raise FrameError("not_found", str(send.cmid))
        return picture(send.attachment, size)

    async def _typing(self, typing: Typing) -> None:
        now = time.monotonic()
        if now - self.page.typed_at >= TYPING_EVERY_S:
            self.page.typed_at = now
            _is_known(await self.hub.note_typing(self.page, typing))

    async def _read_log(self, sync: Sync) -> None:
        frames = await message_log.after(self.hub.pool, self.page.user_id, sync.conv, sync.after, sync.limit)
        head = await message_log.heads(self.hub.pool, self.page.user_id, [sync.conv])
        _is_known(sync.conv in head)
        self.page.offer({"t": "page", "conv": sync.conv, "head": head[sync.conv]["head"], "messages": frames})

    def _refuse(self, code: str, ref: str | None, retry_after: float | None = None) -> None:
        self.page.offer(refused(code, ref, retry_after))

    async def _write(self, text: str) -> None:
        await self.base_send({"type": "websocket.send", "text": text})

    async def _shut(self, code: int) -> None:
        # First the place: a page that does not read is not told at once, but has no part in anything any more.
        self._leave()
        with contextlib.suppress(OSError, RuntimeError):
            await self.close(code)

    def _leave(self) -> None:
        if self.patience:
            self.patience.cancel()
        if self.page:
            self.page.stop()
            self.hub.leave(self.page)


def _is_known(conversation: bool) -> None:
    if not conversation:
        raise FrameError("not_found")


def _limits() -> dict[str, int]:
    rate = {"rate_per_s": settings.CHAT_RATE_PER_S, "burst": settings.CHAT_BURST}
    return {"frame_bytes": FRAME_LIMIT_BYTES, "text_chars": TEXT_LIMIT, "typing_every_s": TYPING_EVERY_S, **rate}
