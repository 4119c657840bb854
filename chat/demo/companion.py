"""One demonstration companion: an ordinary socket client that accepts what comes and answers what is said."""

import asyncio
import contextlib
import json
import logging
import random
from collections import deque
from typing import Any
from uuid import UUID, uuid4

import websockets
from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db.models import Q

from accounts.models import User
from bookings import services as bookings
from bookings.models import Booking, MeetingCode, Move, State
from chat.demo import lines
from chat.models import Conversation
from common.clock import database_now_ms
from common.errors import UserError

log = logging.getLogger(__name__)
RECONNECT_S = 1.0
LOOK_EVERY_S = 5
THINKS_S = (1.5, 4.0)
REMEMBERS = 4


class DemoCompanion:
    """`user` is signed in with a session of its own and speaks over /ws/ like anybody."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.choose = random.Random(user.pk)  # noqa: S311 - picks lines, not secrets
        self.said: deque[str] = deque(maxlen=REMEMBERS)
        self.socket: Any = None
        self.thinking: dict[int, asyncio.Task[None]] = {}
        # The language of each talk's client, by what he wrote last.
        self.english: dict[int, bool] = {}

    async def run(self) -> None:
        while True:
            with contextlib.suppress(OSError, websockets.WebSocketException):
                await self._live_through_one_connection()
            await asyncio.sleep(RECONNECT_S)

    async def _live_through_one_connection(self) -> None:
        headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={await database_sync_to_async(session_of)(self.user)}"}
        url = settings.SITE_URL.replace("http", "ws", 1) + "/ws/"
        async with websockets.connect(url, origin=settings.SITE_URL, additional_headers=headers) as self.socket:
            await self.socket.send(json.dumps({"t": "hello", "v": 1, "resume": []}))
            looking = asyncio.create_task(self._look_around())
            try:
                async for text in self.socket:
                    await self._hear(json.loads(text))
            finally:
                looking.cancel()

    async def _look_around(self) -> None:
        """Takes up what was waiting before this connection, or was missed by it."""
        while True:
            for booking_id, state in await database_sync_to_async(waiting_for)(self.user):
                await self._attend(booking_id, state)
            await database_sync_to_async(meet)(self.user)
            await database_sync_to_async(agree)(self.user)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _hear(self, frame: dict[str, Any]) -> None:
        if frame["t"] == "booking":
            await self._attend(UUID(frame["booking"]["id"]), frame["booking"]["state"])
        elif frame["t"] == "msg" and frame["from"] not in (None, self.user.pk):
            self._answer_soon(frame["conv"], self._answer_to(frame["conv"], frame["body"]))

    async def _attend(self, booking_id: UUID, state: str) -> None:
        if state == State.REQUESTED:
            await asyncio.sleep(self.choose.uniform(*THINKS_S))
            await database_sync_to_async(accept)(booking_id, self.user)
        elif state == State.ACCEPTED and await database_sync_to_async(has_begun)(booking_id, self.user):
            conv, language = await database_sync_to_async(conversation_of)(booking_id, self.user)
            if conv and conv not in self.thinking:
                english = self.english.setdefault(conv, language == "en")
                self._answer_soon(conv, lines.hello(self.choose, english=english))

    def _answer_to(self, conv: int, body: str | None) -> str:
        english = self.english[conv] = lines.is_english(body, self.english.get(conv, False))
        return lines.answer(body, self.said, self.choose, english=english)

    def _answer_soon(self, conv: int, line: str) -> None:
        """One answer at a time: several lines in a row get one answer, to the last of them."""
        if conv in self.thinking:
            self.thinking[conv].cancel()
        self.thinking[conv] = asyncio.create_task(self._answer(conv, line))

    async def _answer(self, conv: int, line: str) -> None:
        await asyncio.sleep(self.choose.uniform(*THINKS_S))
        self.said.append(line)
        frame = {"t": "send", "cmid": str(uuid4()), "conv": conv, "kind": "text", "body": line}
        with contextlib.suppress(websockets.WebSocketException):
            await self.socket.send(json.dumps(frame))
        self.thinking.pop(conv, None)


def session_of(user: User) -> str:
    """The key of a fresh session in which `user` is signed in."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def waiting_for(user: User) -> list[tuple[UUID, str]]:
    waiting = Booking.objects.of_companion(user).filter(Q(state=State.REQUESTED) | Q(begun(), state=State.ACCEPTED))
    return list(waiting.values_list("pk", "state"))


def has_begun(booking_id: UUID, user: User) -> bool:
    return Booking.objects.of_companion(user).filter(begun(), pk=booking_id).exists()


def begun() -> Q:
    """An appointment's clock never starts before its time, so until then there is no hurry to speak; in person words
    start none."""
    return Q(now=True) | Q(online=True, starts_ms__lte=database_now_ms())


def conversation_of(booking_id: UUID, user: User) -> tuple[int | None, str]:
    """And the language of its client."""
    mine = Conversation.objects.filter(booking=booking_id, companion=user)
    return mine.values_list("pk", "client__language").first() or (None, "")


def accept(booking_id: UUID, user: User) -> None:
    booking = Booking.objects.of_companion(user).filter(pk=booking_id).first()
    if booking is None or booking.state != State.REQUESTED:
        return
    try:
        bookings.accept(booking=booking, by=user)
    except UserError as error:
        log.info("demonstration companion %s did not accept: %s", user, error.code)


def agree(user: User) -> None:
    """To any other time that a client proposes: only times at which she is free are offered."""
    asked = Move.objects.standing(database_now_ms()).filter(booking__companion=user).exclude(proposed_by=user)
    for move in asked.select_related("booking"):
        try:
            bookings.agree_to_move(move=move, by=user)
        except UserError as error:
            log.info("demonstration companion %s did not agree: %s", user, error.code)


def meet(user: User) -> None:
    """Comes as soon as the client says that he is there, and reads the start code off his page."""
    mine = Booking.objects.of_companion(user).filter(state=State.ACCEPTED, online=False, client_came_ms__isnull=False)
    for booking in mine.select_related("client"):
        try:
            bookings.arrive(booking=booking, by=user)
            start = MeetingCode.Purpose.START
            code = bookings.code_of(booking=booking, purpose=start, by=booking.client)
            bookings.enter_code(booking=booking, digits=code.digits, purpose=start, by=user)
        except UserError as error:
            log.info("demonstration companion %s did not start: %s", user, error.code)
