"""People who talk through whatever happens: clients of docs/protocol.md that keep what is not acknowledged, come back,
resume by number and send it again. Written from that page alone."""

import asyncio
import itertools
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import websockets

PATIENCE_S = 60
LONGEST_WAIT_S = 1.0
GAP_S = 0.5

# What is not acknowledged, oldest first: id and body.
Letters = list[tuple[str, str]]


def says_it_again(letters: Letters) -> Letters:
    return letters


def forgets_it(letters: Letters) -> Letters:
    """What a client of docs/protocol.md must not do: it takes what was sent for written."""
    return letters[1:]


def says_it_anew(letters: Letters) -> Letters:
    """Nor this: the same under another id is another message."""
    (_, body), *rest = letters
    return [(str(uuid4()), body), *rest]


@dataclass(eq=False)
class Talker:
    """One open page of one of the two. `known` is what the page shows, by seq; `closed` the codes it was closed with;
    `after_a_cut` what becomes of the letters when the line went while the first of them was under way.

    Comes to the addresses one after the other."""

    urls: Sequence[str]
    cookie: str
    conv: int
    name: str
    known: dict[int, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    seen_at: dict[str, float] = field(default_factory=dict)
    disorder: list[tuple[int, int]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    comings: int = 0
    after_a_cut: Callable[[Letters], Letters] = says_it_again
    # What the server says is lost on the way.
    hears_nothing: bool = False

    def __post_init__(self) -> None:
        self.addresses = itertools.cycle(self.urls)
        self.outbox: Letters = []
        self.flying: str | None = None
        self.socket: websockets.ClientConnection | None = None
        self.highest = 0
        self.said_at: dict[str, float] = {}

    @property
    def last(self) -> int:
        """Up to here nothing is missing."""
        return next(seq - 1 for seq in itertools.count(1) if seq not in self.known)

    async def say(self, body: str, *, at: float | None = None) -> None:
        """`at`: when it was to be said, on the clock of time.perf_counter()."""
        self.said.append(body)
        self.said_at[body] = at or time.perf_counter()
        self.outbox.append((str(uuid4()), body))
        await self.go_on()

    async def stay(self) -> None:
        """Comes back again and again; ended by being cancelled."""
        wait_s = 0.05
        while True:
            try:
                await self.be_there()
                wait_s = 0.05
            except (OSError, websockets.WebSocketException, TimeoutError) as end:
                wait_s = min(LONGEST_WAIT_S, 2 * wait_s)
                if isinstance(end, websockets.ConnectionClosed) and end.rcvd:
                    self.closed.append(end.rcvd.code)
            if self.flying:
                self.outbox = self.after_a_cut(self.outbox)
            self.socket = self.flying = None
            await asyncio.sleep(random.random() * wait_s)

    async def be_there(self) -> None:
        url = next(self.addresses)
        async with self.connect(url) as socket:
            await socket.send(
                json.dumps({"t": "hello", "v": 1, "resume": [{"conv": self.conv, "last_seq": self.last}]})
            )
            self.highest = self.last
            async for text in socket:
                if not self.hears_nothing:
                    await self.hear(socket, json.loads(text))

    def connect(self, url: str, **how: Any) -> websockets.connect:
        headers = {"Cookie": f"sessionid={self.cookie}"}
        address = url.replace("http", "ws", 1) + "/ws/"
        return websockets.connect(address, origin=url, additional_headers=headers, open_timeout=5, **how)

    async def hear(self, socket: websockets.ClientConnection, frame: dict[str, Any]) -> None:
        match frame["t"]:
            case "welcome":
                self.comings += 1
                self.socket = socket
                await self.go_on()
            case "msg":
                self.heard(frame)
            case "ack":
                await self.acknowledged(frame)
            case "page":
                await self.turn(frame)
            case "resync":
                await ask(self)
            case "error":
                await self.try_again(frame)

    async def turn(self, page: dict[str, Any]) -> None:
        for message in page["messages"]:
            self.known.setdefault(message["seq"], message["body"])
        if page["messages"] and self.last < page["head"]:
            await ask(self)

    def heard(self, frame: dict[str, Any]) -> None:
        if frame["seq"] <= self.highest:
            self.disorder.append((self.highest, frame["seq"]))
        self.highest = frame["seq"]
        self.known[frame["seq"]] = frame["body"]
        self.seen_at.setdefault(frame["body"], time.perf_counter())

    async def acknowledged(self, frame: dict[str, Any]) -> None:
        [(_, body)] = [letter for letter in self.outbox if letter[0] == frame["cmid"]] or [(None, None)]
        if body is not None:
            self.known[frame["seq"]] = body
            self.outbox = [letter for letter in self.outbox if letter[0] != frame["cmid"]]
        self.flying = None
        await self.go_on()

    async def try_again(self, frame: dict[str, Any]) -> None:
        self.refused.append(frame["code"])
        await asyncio.sleep(frame["retry_after"] or 0)
        self.flying = None
        await self.go_on()

    async def go_on(self) -> None:
        """One at a time, so that what is sent again stays in its order."""
        if self.socket is None or self.flying or not self.outbox:
            return
        self.flying, body = self.outbox[0]
        frame = {"t": "send", "cmid": self.flying, "conv": self.conv, "kind": "text", "body": body}
        try:
            await self.socket.send(json.dumps(frame))
        except (OSError, websockets.WebSocketException):
            self.flying = None

    def cut(self) -> None:
        """The network goes, without a word."""
        if self.socket:
            self.socket.transport.abort()


async def chatter(talkers: Sequence[Talker], lines: int, every_s: float) -> None:
    """Each says so many lines, at about that distance."""

    async def one(talker: Talker) -> None:
        for number in range(lines):
            await talker.say(f"{talker.name} {number}")
            await asyncio.sleep(every_s * random.uniform(0.5, 1.5))

    await asyncio.gather(*(one(talker) for talker in talkers))


async def all_have_it(talkers: Sequence[Talker], upto: dict[int, int]) -> None:
    """Everybody's words are in the log and on both pages; a gap that stays is asked for, as a page does."""
    until = time.monotonic() + PATIENCE_S
    while waiting := [each for each in talkers if each.outbox or each.last < upto[each.conv]]:
        assert time.monotonic() < until, [(each.name, len(each.outbox), each.last, upto[each.conv]) for each in waiting]
        await asyncio.sleep(GAP_S)
        for each in waiting:
            if each.socket and each.known and max(each.known) > each.last:
                await ask(each)


async def ask(talker: Talker) -> None:
    try:
        await talker.socket.send(json.dumps({"t": "sync", "conv": talker.conv, "after": talker.last}))
    except (OSError, websockets.WebSocketException):
        return


def ways(talkers: Sequence[Talker]) -> list[tuple[Talker, Talker]]:
    """Who speaks to whom, each pair in both directions."""
    pairs = {each.conv: [] for each in talkers}
    for each in talkers:
        pairs[each.conv].append(each)
    return [way for pair in pairs.values() for way in itertools.permutations(pair, 2)]


def lost(talkers: Sequence[Talker]) -> list[str]:
    """What was said and is not on the other one's page."""
    return [body for one, other in ways(talkers) for body in one.said if body not in other.known.values()]


def doubled(talkers: Sequence[Talker]) -> list[str]:
    """What was said once and is there more often."""
    said = {body for each in talkers for body in each.said}
    shown = (Counter(each.known.values()) for each in talkers)
    return [body for page in shown for body, times in page.items() if times > 1 and body in said]
