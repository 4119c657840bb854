"""One person at one socket, and what each server's language is to him.

Each text is 120 bytes: who wrote it, his how-manieth it is, and a filler. Every frame that comes is looked at: whether
it is the partner's next text, whole. Bytes are compared and hardly anything is parsed, as this runs on the server's
machine.
"""

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from bench.chat.load.wire import Wire, handshake

FILLER = "今天下班路上下雨了，你那边怎么样？我在地铁里慢慢听你说，真不着急的。ok"
SIZE_BYTES = 120
MARK = re.compile(rb"(\d{6})\.(\d{8}) ")
RAW, ESCAPED = FILLER.encode(), json.dumps(FILLER)[1:-1].encode()


@dataclass(frozen=True)
class Place:
    """Who sits here, with whom, in which conversation; `cookie` is his session's key where the server wants one."""

    user: int
    partner: int
    conv: int
    cookie: str = ""


class Seat(Wire):
    """`arrived(seat, since, now)` is called for each text of the partner that came for the first time."""

    filler = RAW
    # A server that says nothing when it is ready is so when it has agreed to the socket.
    speaks_first = True

    def __init__(self, place: Place, *, receipts: bool) -> None:
        super().__init__(handshake(self.path(place), self.headers(place)))
        self.place, self.receipts = place, receipts
        self.partner: Seat
        self.arrived: Callable[[Seat, float, float], None] = lambda seat, since, now: None
        # By number: the moment from which its way to the partner counts.
        self.since: list[float] = []
        self.next, self.missing, self.now = 0, set[int](), 0.0
        self.echoes, self.doubled, self.reordered = 0, 0, 0
        self.wrong: Counter[str] = Counter()
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @staticmethod
    def path(place: Place) -> str:
        return f"/?user={place.user}"

    @staticmethod
    def headers(place: Place) -> dict[str, str]:
        return {}

    def greet(self) -> None:
        if not self.speaks_first:
            self.ready.set_result(None)

    def packed(self, number: int, text: bytes) -> bytes:
        raise NotImplementedError

    def send(self, since: float) -> None:
        number = len(self.since)
        self.since.append(since)
        self.say(self.packed(number, b"%06d.%08d %b" % (self.place.user, number, RAW)))

    @property
    def lost(self) -> int:
        """How many of the partner's texts have not come (yet)."""
        return len(self.partner.since) - self.next + len(self.missing)

    def heard(self, payload: bytes) -> None:
        mark = MARK.search(payload)
        if mark is None:
            self.told(payload)
        elif not payload.startswith(self.filler, mark.end()):
            self.wrong["spoilt"] += 1
        else:
            self.read(int(mark[1]), int(mark[2]))

    def read(self, user: int, number: int) -> None:
        if user == self.place.partner:
            self.count(number)
        elif user == self.place.user:
            self.echoes += 1
        else:
            self.wrong["somebody else's"] += 1

    def count(self, number: int) -> None:
        if number == self.next:
            self.next += 1
        elif number in self.missing:
            self.missing.discard(number)
            self.reordered += 1
        elif number < self.next:
            self.doubled += 1
            return
        else:
            self.missing |= set(range(self.next, number))
            self.next = number + 1
        self.now = time.perf_counter()
        self.arrived(self, self.partner.since[number], self.now)

    def told(self, payload: bytes) -> None:
        """Whatever else the server says; the first of it means that it is ready."""
        if not self.ready.done():
            self.ready.set_result(None)

    def finish(self) -> None:
        """Nothing more will be sent."""

    @property
    def owed(self) -> int:
        """How many of his own messages he has not been told of."""
        return len(self.since) - self.echoes


class Tutorial(Seat):
    filler = ESCAPED
    speaks_first = False

    @staticmethod
    def path(place: Place) -> str:
        return f"/ws/chat/{place.conv}/?user={place.user}"

    def packed(self, number: int, text: bytes) -> bytes:
        return b'{"message":"%b"}' % text


class NodeWs(Seat):
    def packed(self, number: int, text: bytes) -> bytes:
        return b'{"conv":%d,"text":"%b"}' % (self.place.conv, text)


class SocketIo(Seat):
    """Engine.IO 4 over its WebSocket: 0 opens, 2 is a ping; 40 connects, 42 is an event."""

    @staticmethod
    def path(place: Place) -> str:
        return f"/socket.io/?EIO=4&transport=websocket&user={place.user}"

    def packed(self, number: int, text: bytes) -> bytes:
        return b'42["send",{"conv":%d,"text":"%b"}]' % (self.place.conv, text)

    def told(self, payload: bytes) -> None:
        if payload.startswith(b"0"):
            self.say(b"40")
        elif payload == b"2":
            self.say(b"3")
        elif payload.startswith(b"40"):
            super().told(payload)
        else:
            self.wrong[payload[:40].decode()] += 1
