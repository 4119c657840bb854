"""What a page says: heard in order and at a bounded rate, answered at once where nothing has to be waited for."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
from django.conf import settings

from accounts.models import User
from chat.live import log as message_log
from chat.live.connection import FILL_BYTES, Connection
from chat.live.frames import (
    FRAME_LIMIT_BYTES,
    PROTOCOL_VERSION,
    TEXT_LIMIT,
    Frame,
    FrameError,
    Hello,
    NotAFrame,
    Ping,
    Seen,
    Send,
    Sync,
    Typing,
    is_too_big,
    read_frame,
    ref_of,
)
from chat.live.hub import Hub
from chat.live.lane import Outgoing
from chat.live.outbox import Socket
from chat.live.replies import refusal, refused
from chat.live.rounds import go_on_after_errors
from chat.live.standing import who_must_go
from chat.live.wire import encode, picture

log = logging.getLogger(__name__)
TOO_BIG, BROKEN, TOO_FAST, NO_HELLO, NO_FRAME, TOO_MANY = 1009, 1011, 4029, 4408, 4500, 4509
HELLO_WITHIN_S = 10
TYPING_EVERY_S = 3
# So many in a row: whoever says more is not waiting, as each answer asks him to.
MOST_REFUSED = 50
ENOUGH_FOR_HELLO = 1
AGAIN = (*message_log.PASSING, asyncpg.IntegrityConstraintViolationError)


class Listener:
    """Has taken over a socket whose user is known; `session_key` is what let him in."""

    __slots__ = ("_answering", "_behind", "_greeted", "_hub", "_patience", "_refused", "_socket", "page")

    def __init__(self, hub: Hub, socket: Socket, user: User, session_key: str) -> None:
        self._hub, self._socket = hub, socket
        self.page = Connection(user.pk, socket, self._shut, session_key=session_key, password=user.password)
        self._greeted = False
        self._refused = 0
        self._answering: asyncio.Task[None] | None = None
        # Said while another answer is waited for; None while none is.
        self._behind: deque[str | bytes] | None = None
        self._patience: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Takes one of the user's places, if need be that of another page."""
        if oldest := self._hub.places.admit(self.page):
            oldest.end(TOO_MANY)
        self._patience = asyncio.get_running_loop().call_later(HELLO_WITHIN_S, self.page.end, NO_HELLO)
        if self._hub.places.has_flooded(self.page.user_id):
            self.page.bucket.tokens = ENOUGH_FOR_HELLO

    def heard(self, message: str | bytes) -> None:
        if self.page.over:
            return
        if is_too_big(message):
            self.page.end(TOO_BIG)
        elif wait := self.page.bucket.wait_s():
            self._slow_down(message, wait)
        else:
            self._refused = 0
            self._hear(message)

    def drain(self) -> None:
        self.page.outbox.drain()

    def lost(self) -> None:
        self.page.stop()
        self._leave()

    def _slow_down(self, message: str | bytes, wait_s: float) -> None:
        self._refused += 1
        if self._refused > MOST_REFUSED:
            self._hub.places.note_flood(self.page.user_id)
            self.page.end(TOO_FAST)
        else:
            self.page.offer(refused("rate_limited", ref_of(message), round(wait_s, 2)))

    def _hear(self, message: str | bytes) -> None:
        if self._behind is not None:
            self._behind.append(message)
            return
        with self._told(message):
            self._answer(read_frame(message), message)

    def _answer(self, frame: Frame, message: str | bytes) -> None:
        """Raises FrameError, and Overloaded."""
        match frame:
            case Ping():
                self.page.offer({"t": "pong"})
            case Hello():
                self._answer_later(self._hello(frame), message)
            case _ if not self._greeted:
                raise FrameError("hello_first")
            case Sync():
                self._answer_later(self._read_log(frame), message)
            case Send():
                self._send(frame, message)
            case _:
                self._note(frame, message)

    def _send(self, send: Send, message: str | bytes) -> None:
        standing = self.page.standings.get(send.conv)
        if standing is None or standing.appointment or send.attachment:
            self._answer_later(self._send_after_asking(send), message)
        else:
            self._hub.lane.put(Outgoing(self.page, send))

    async def _send_after_asking(self, send: Send) -> None:
        here = await self._hub.company.client_is_here(self.page, send.conv)
        self._hub.lane.put(Outgoing(self.page, send, here, await self._picture(send)))

    async def _picture(self, send: Send) -> dict[str, Any] | None:
        if send.attachment is None:
            return None
        size = await message_log.picture_of(self._hub.pool, self.page.user_id, send.conv, send.attachment)
        if size is None:
            raise FrameError("not_found", str(send.cmid))
        return picture(send.attachment, size)

    def _note(self, frame: Seen | Typing, message: str | bytes) -> None:
        if standing := self.page.standings.get(frame.conv):
            self._note_of(frame, standing)
        else:
            self._answer_later(self._note_after_asking(frame), message)

    async def _note_after_asking(self, frame: Seen | Typing) -> None:
        standing = await self._hub.company.standing(self.page, frame.conv)
        if standing is None:
            raise FrameError("not_found")
        self._note_of(frame, standing)

    def _note_of(self, frame: Seen | Typing, standing: message_log.Standing) -> None:
        if isinstance(frame, Seen):
            self._hub.note_seen(self.page, frame, standing)
        elif time.monotonic() - self.page.typed_at >= TYPING_EVERY_S:
            self.page.typed_at = time.monotonic()
            self._hub.note_typing(self.page, frame, standing)

    async def _hello(self, hello: Hello) -> None:
        if self._greeted:
            raise FrameError("bad_frame")
        self._patience.cancel()
        pool = self._hub.pool
        # Listening starts before the log is read: what is written in between comes twice and is dropped by seq.
        await self._hub.join(self.page)
        # Joined first: whoever signs out from here on is told to all who joined.
        if must_go := await who_must_go(pool, [self.page]):
            self.page.end(must_go[0][1])
            return
        # What was told of receipts before is not told again: this page reads it.
        await go_on_after_errors(self._hub.receipts.write())
        heads = await message_log.heads(pool, self.page.user_id, list(hello.resume))
        for conv, each in heads.items():
            self._hub.receipts.know(self.page.user_id, conv, recv=each["recv"], read=each["read"])
        self.page.offer(_welcome(self.page, heads, await message_log.now_ms(pool)))
        self._greeted = True
        await self.page.resume(pool, hello.resume, {conv: each["head"] for conv, each in heads.items()})
        await self._hub.acquaint(self.page)

    async def _read_log(self, sync: Sync) -> None:
        frames = await message_log.after(self._hub.pool, self.page.user_id, sync.conv, sync.after, sync.limit)
        head = await message_log.heads(self._hub.pool, self.page.user_id, [sync.conv])
        if sync.conv not in head:
            raise FrameError("not_found")
        messages = list(_as_much_as_goes(frames))
        self.page.offer({"t": "page", "conv": sync.conv, "head": head[sync.conv]["head"], "messages": messages})

    def _answer_later(self, answer: Any, message: str | bytes) -> None:
        """What is said meanwhile has its turn after it, so nothing more is read from the socket."""
        self._behind = deque()
        self._socket.pause_reading()
        self._answering = asyncio.create_task(self._wait_for(answer, message))

    async def _wait_for(self, answer: Any, message: str | bytes) -> None:
        with self._told(message):
            await answer
        behind, self._behind, self._answering = self._behind, None, None
        self._socket.resume_reading()
        for each in behind:
            self._hear(each)
        if self.page.over:
            # It may have joined after it was lost.
            self._leave()

    @contextmanager
    def _told(self, message: str | bytes) -> Iterator[None]:
        """Why it is not answered, the page is told."""
        try:
            yield
        except NotAFrame:
            self.page.end(NO_FRAME)
        except FrameError as error:
            self.page.offer(refused(error.code, error.ref))
        except AGAIN as error:
            self._try_again(error, ref_of(message))
        except Exception:
            log.exception("a frame could not be answered")
            self.page.end(BROKEN)

    def _try_again(self, error: Exception, ref: str | None) -> None:
        answer = refusal(error, ref)
        if self._greeted:
            self.page.offer(answer)
        else:
            # A page says hello once, so this one connects again.
            self.page.end(BROKEN)

    def _shut(self, code: int) -> None:
        # First the place: a page that does not read is not told at once, but has no part in anything any more.
        self._leave()
        self._socket.close(code)

    def _leave(self) -> None:
        if self._patience:
            self._patience.cancel()
        self._hub.leave(self.page)


def _as_much_as_goes(frames: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The first of them, FILL_BYTES together, but one at least."""
    size = 0
    for frame in frames:
        size += len(encode(frame))
        if size > FILL_BYTES and frame is not frames[0]:
            return
        yield frame


def _welcome(page: Connection, heads: dict[int, dict[str, Any]], now_ms: int) -> dict[str, Any]:
    return {
        "t": "welcome",
        "v": PROTOCOL_VERSION,
        "conn": page.id,
        "user": page.user_id,
        "limits": {
            "frame_bytes": FRAME_LIMIT_BYTES,
            "text_chars": TEXT_LIMIT,
            "typing_every_s": TYPING_EVERY_S,
            "rate_per_s": settings.CHAT_RATE_PER_S,
            "burst": settings.CHAT_BURST,
        },
        "heads": list(heads.values()),
        "server_now_ms": now_ms,
    }
