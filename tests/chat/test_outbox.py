"""A page that does not read holds up nobody, and costs a bounded amount."""

import asyncio

import pytest

from chat.live.outbox import MOST_CHARS, MOST_FRAMES
from chat.live.wire import parcel
from tests.chat.ear import Ear


async def never(_text: str) -> None:
    await asyncio.Event().wait()


@pytest.fixture
async def deaf() -> Ear:
    ear = Ear(1)
    ear.connection.outbox._write = never
    return ear


async def test_it_is_closed_when_more_waits_than_may(deaf):
    for _ in range(MOST_FRAMES + 3):
        deaf.connection.offer({"t": "hi"})
    assert await deaf.next() == {"t": "closed", "code": 4008}


async def test_few_long_frames_are_too_much_as_well(deaf):
    for _ in range(4):
        deaf.connection.offer({"t": "hi", "long": "x" * (MOST_CHARS // 3)})
    assert await deaf.next() == {"t": "closed", "code": 4008}


@pytest.mark.parametrize("losable", ["typing", "presence"])
async def test_first_what_can_be_lost_is_given_up(deaf, losable):
    deaf.connection.offer({"t": "hi"})
    for _ in range(2 * MOST_FRAMES):
        deaf.connection.pass_on(parcel({"t": losable}))
    deaf.connection.offer({"t": "ho"})
    await asyncio.sleep(0)
    assert not deaf.connection.over
    waiting = [each.t for each in deaf.connection.outbox._queue]
    assert len(waiting) <= MOST_FRAMES and waiting[-1] == "ho"
