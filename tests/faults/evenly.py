"""People who say something at an even rate whatever is answered, and how long their words take to the other one's page
while somebody else does harm, beside how long they take when he does not."""

import asyncio
import math
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext

from tests.faults.talking import Talker, ways

EVERY_S = 0.2
WINDOW_S, WINDOWS = 1.0, 5
PATIENCE_S = 10
TRIES = 3
# A machine with other work to do gives a process its turn late by that much, with or without harm.
TURN_MS = 10

Harm = Callable[[], AbstractAsyncContextManager[None]]


async def nothing() -> None:
    pass


async def nobody_else_notices(
    talkers: Sequence[Talker], harm: Harm, prepare: Callable[[], Awaitable[None]] = nothing
) -> None:
    """Fails if these people's p99 is more than twice as long while harm is done.

    It is looked at again, prepared anew, before it is believed: harm is there each time, chance is not.
    """
    found = []
    while not found or is_noticed(*found[-1]):
        assert len(found) < TRIES, f"p99 in ms without it and with it: {found}"
        await prepare()
        found.append(await without_and_with(talkers, harm))


def is_noticed(quiet_ms: float, harmed_ms: float) -> bool:
    return harmed_ms > 2 * quiet_ms + TURN_MS


async def without_and_with(talkers: Sequence[Talker], harm: Harm, windows: int = WINDOWS) -> tuple[float, float]:
    """In ms, each the median of the p99 of some seconds. Those with and without harm alternate, so that what else this
    machine does meets both alike."""
    found = {nullcontext: [], harm: []}
    for _ in range(windows):
        for what, delays_ms in found.items():
            async with what():
                words = await said_evenly(talkers)
            await come(talkers, words)
            delays_ms.append(p99_ms(talkers, words))
    quiet, harmed = found.values()
    return statistics.median(quiet), statistics.median(harmed)


async def said_evenly(talkers: Sequence[Talker]) -> set[str]:
    """What all said in one such stretch."""
    before = {each: len(each.said) for each in talkers}
    began = time.perf_counter() + 0.05
    step_s = EVERY_S / len(talkers)
    await asyncio.gather(*(one_evenly(each, began + step_s * place) for place, each in enumerate(talkers)))
    return {body for each, count in before.items() for body in each.said[count:]}


async def one_evenly(talker: Talker, at: float) -> None:
    for turn in range(round(WINDOW_S / EVERY_S)):
        due = at + turn * EVERY_S
        await asyncio.sleep(due - time.perf_counter())
        await talker.say(f"{talker.name} {len(talker.said)}", at=due)


async def come(talkers: Sequence[Talker], words: set[str]) -> None:
    """Returns when all of it has, or has not for long."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and words.difference(*(each.seen_at for each in talkers)):
        await asyncio.sleep(0.02)


def p99_ms(talkers: Sequence[Talker], words: set[str]) -> float:
    """From the moment at which it was to be said; what has not come was not in time."""
    found = sorted(
        1000 * (other.seen_at.get(body, math.inf) - one.said_at[body])
        for one, other in ways(talkers)
        for body in one.said
        if body in words
    )
    return found[math.ceil(0.99 * len(found)) - 1]
