"""What the people do: talk as fast as they are answered, talk at a given rate, or only sit there."""

import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from bench.chat.load.ours import Ours
from bench.chat.load.seats import NodeWs, Place, Seat, SocketIo, Tutorial

DIALECTS: dict[str, type[Seat]] = {"ours": Ours, "tutorial": Tutorial, "node_ws": NodeWs, "socketio": SocketIo}
AT_ONCE = 16
GREET_S = 60
# After so long without any nothing more comes.
SILENCE_S = 5
# What comes twice comes within that.
AFTER_S = 0.3
WARM_SOCKETS = 50
PATIENCE_S = 20


@dataclass(frozen=True)
class Plan:
    """What one process does. `keys`: by user, from 1, the session's key where one is needed. User n talks with
    `offset` + n in conversation n, for n up to `offset`."""

    kind: str
    dialect: str
    port: int
    offset: int
    keys: Sequence[str] = ()
    receipts: bool = True
    pairs: int = 0
    sockets: int = 0
    warm_up: float = 0
    seconds: float = 0
    rate: float = 0
    seed: int = 0

    def place(self, user: int) -> Place:
        conv = user if user <= self.offset else user - self.offset
        partner = user + self.offset if user <= self.offset else conv
        return Place(user, partner, conv, self.keys[user - 1] if self.keys else "")


def tell(word: str) -> None:
    """A word to whoever started this process, at the moment it is about."""
    print(word, flush=True)


async def told() -> None:
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)


async def sit_down(plan: Plan, users: Sequence[int]) -> list[Seat]:
    """Everybody connected and greeted, a few at a time."""
    dialect, loop, door = DIALECTS[plan.dialect], asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE)

    async def one(user: int) -> Seat:
        async with door:
            make = lambda: dialect(plan.place(user), receipts=plan.receipts)  # noqa: E731
            _, seat = await loop.create_connection(make, "127.0.0.1", plan.port)
            await asyncio.wait_for(seat.opened, GREET_S)
            seat.greet()
            await asyncio.wait_for(seat.ready, GREET_S)
            return seat

    return await asyncio.gather(*map(one, users))


async def in_pairs(plan: Plan) -> list[tuple[Seat, Seat]]:
    clients = range(1, plan.pairs + 1)
    seats = await sit_down(plan, [*clients, *(plan.offset + user for user in clients)])
    pairs = list(zip(seats[: plan.pairs], seats[plan.pairs :], strict=True))
    for client, companion in pairs:
        client.partner, companion.partner = companion, client
    return pairs


async def closed(plan: Plan) -> dict[str, Any]:
    """Each pair has one message in the air; who hears it answers. Counted is what arrives within the window."""
    pairs = await in_pairs(plan)
    times: list[float] = []
    window = Window(times)

    def answer(seat: Seat, since: float, now: float) -> None:
        window.heard += 1
        if window.open:
            times.append(now - since)
        if not window.over:
            seat.send(now)

    listen(pairs, answer)
    for client, _ in pairs:
        client.send(time.perf_counter())
    await window.after(plan.warm_up, plan.seconds, heard=2 * plan.pairs)
    return {**await outcome(pairs), **window.figures()}


async def at_rate(plan: Plan) -> dict[str, Any]:
    """Messages at random moments, so many a second in all; each counts from the moment it was to be sent."""
    pairs = await in_pairs(plan)
    times: list[float] = []
    window = Window(times)
    listen(pairs, lambda seat, since, now: times.append(now - since))
    speaking = asyncio.create_task(speak(plan, pairs))
    await window.after(0, plan.seconds)
    await speaking
    return {**await outcome(pairs), **window.figures()}


async def speak(plan: Plan, pairs: Sequence[tuple[Seat, Seat]]) -> None:
    chance = random.Random(plan.seed)
    begin = at = time.perf_counter()
    turn = 0
    while (at := at + chance.expovariate(plan.rate)) < begin + plan.seconds:
        if (wait := at - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        pairs[turn % len(pairs)][turn // len(pairs) % 2].send(at)
        turn += 1


async def idle(plan: Plan) -> dict[str, Any]:
    """Sits there. The first few warm the server up and are not counted."""
    seats = await sit_down(plan, range(1, WARM_SOCKETS + 1))
    tell("warm")
    await told()
    seats += await sit_down(plan, range(WARM_SOCKETS + 1, WARM_SOCKETS + plan.sockets + 1))
    tell("full")
    await told()
    return {"sockets": plan.sockets, "wrong": wrong_of(seats)}


KINDS: dict[str, Callable[[Plan], Awaitable[dict[str, Any]]]] = {"closed": closed, "open": at_rate, "idle": idle}


class Window:
    """The time that is measured, told of when it begins and ends."""

    def __init__(self, times: list[float]) -> None:
        self.times, self.open, self.over, self.took = times, False, False, 0.0
        self.heard = 0

    async def after(self, warm_up: float, seconds: float, heard: int = 0) -> None:
        """Begins after so many seconds, and when so many messages have come: the first of all come in one lump."""
        until = time.perf_counter() + PATIENCE_S
        await asyncio.sleep(warm_up)
        while self.heard < heard and time.perf_counter() < until:
            await asyncio.sleep(0.05)
        tell("begin")
        began, self.open = time.perf_counter(), True
        await asyncio.sleep(seconds)
        self.open, self.took = False, time.perf_counter() - began
        self.counted = len(self.times)
        tell("end")
        self.over = True

    def figures(self) -> dict[str, float]:
        found = sorted(self.times)
        return {
            "messages": self.counted,
            "seconds": self.took,
            "per_s": self.counted / self.took,
            "p50_ms": centile(found, 0.5) * 1000,
            "p99_ms": centile(found, 0.99) * 1000,
        }


def listen(pairs: Sequence[tuple[Seat, Seat]], arrived: Callable[[Seat, float, float], None]) -> None:
    for seat in chain.from_iterable(pairs):
        seat.arrived = arrived


async def outcome(pairs: Sequence[tuple[Seat, Seat]]) -> dict[str, Any]:
    """What became of every message, as soon as all have come or nothing more does."""
    seats = list(chain.from_iterable(pairs))
    await silence(seats)
    for seat in seats:
        seat.finish()
    await asyncio.sleep(AFTER_S)
    names = ("lost", "doubled", "reordered")
    counts = {name: sum(getattr(seat, name) for seat in seats) for name in names}
    return {**counts, "sent": sum(len(seat.since) for seat in seats), "wrong": wrong_of(seats), **receipts_of(seats)}


async def silence(seats: Sequence[Seat]) -> None:
    missing, since = -1, time.perf_counter()
    while missing and time.perf_counter() < since + SILENCE_S:
        before, missing = missing, sum(seat.lost + seat.owed for seat in seats)
        if missing != before:
            since = time.perf_counter()
        await asyncio.sleep(0.05)


def wrong_of(seats: Sequence[Seat]) -> Counter[str]:
    wrong = sum((seat.wrong for seat in seats), Counter[str]())
    wrong["closed"] += sum(seat.closed.done() for seat in seats)
    wrong["not told of his own"] += sum(max(0, seat.owed) for seat in seats)
    return +wrong


def receipts_of(seats: Sequence[Seat]) -> dict[str, int]:
    names = ("receipts_sent", "receipts_heard", "receipts_unknown")
    return {name: sum(getattr(seat, name, 0) for seat in seats) for name in names}


def centile(values: Sequence[float], share: float) -> float:
    """Of sorted values; 0 of none."""
    return values[min(len(values) - 1, int(len(values) * share))] if values else 0.0
