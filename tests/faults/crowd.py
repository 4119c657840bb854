"""A thousand open pages in one process, as little of a client as comes back: docs/protocol.md, with the waits of
static/js/chat/socket.js."""

import asyncio
import json
import random
import re
import resource
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bench.chat.load.wire import Wire, handshake

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 20
OPENING_S = 20
SEQ = re.compile(rb'"seq":(\d+)')


@dataclass
class Visitor:
    """Somebody whose page comes back by itself. `at` is when it last had everything up to `seq`."""

    addresses: Iterator[str]
    cookie: str
    conv: int
    resumes: bool = True
    seq: int = 0
    at: float = 0
    comings: int = 0
    disorder: int = 0
    ends: list[str] = field(default_factory=list)

    async def stay(self) -> None:
        """Until it is cancelled."""
        tries = 0
        while True:
            before = self.comings
            with suppress(OSError, TimeoutError):
                self.ends.append(await self.be_there())
            tries = 0 if self.comings > before else tries + 1
            await asyncio.sleep(random.random() * min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**tries))

    async def be_there(self) -> str:
        """Why it is over."""
        url = next(self.addresses)
        there = urlsplit(url)
        line = Line(url, self)
        async with asyncio.timeout(OPENING_S):
            await asyncio.get_running_loop().create_connection(lambda: line, there.hostname, there.port)
            await asyncio.shield(line.opened)
        try:
            line.greet()
            return await line.closed
        finally:
            line.transport.abort()


class Line(Wire):
    def __init__(self, url: str, visitor: Visitor) -> None:
        super().__init__(handshake("/ws/", {"Origin": url, "Cookie": f"sessionid={visitor.cookie}"}))
        self.visitor = visitor

    def greet(self) -> None:
        known = [{"conv": self.visitor.conv, "last_seq": self.visitor.seq}] if self.visitor.resumes else []
        self.say(json.dumps({"t": "hello", "v": 1, "resume": known}).encode())

    def heard(self, payload: bytes) -> None:
        if payload.startswith(b'{"t":"welcome"'):
            self.visitor.comings += 1
        elif payload.startswith(b'{"t":"msg"'):
            seq = int(SEQ.search(payload)[1])
            self.visitor.disorder += seq != self.visitor.seq + 1
            self.visitor.seq, self.visitor.at = seq, time.monotonic()


def allow_sockets() -> None:
    """As many open files as the system lets this process have, and those that it starts."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def all_are_there(visitors: Sequence[Visitor], *, comings: int, seq: int, seconds: float) -> None:
    """Returns when all have come so often and those that resume have so much."""
    until = time.monotonic() + seconds
    while away := [each for each in visitors if each.comings < comings or each.resumes and each.seq < seq]:
        assert time.monotonic() < until, f"{len(away)} of {len(visitors)} after {seconds} s"
        await asyncio.sleep(0.05)
