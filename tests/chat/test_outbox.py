"""A page that does not read holds up nobody, and costs a bounded amount."""

import pytest

from chat.live.outbox import MOST_BYTES, MOST_FRAMES
from chat.live.wire import parcel
from tests.chat.ear import Ear


@pytest.fixture
async def deaf() -> Ear:
    ear = Ear(1)
    ear.is_writable = False
    return ear


async def test_it_is_closed_when_more_waits_than_may(deaf):
    for _ in range(MOST_FRAMES + 3):
        deaf.connection.offer({"t": "hi"})
    assert await deaf.next() == {"t": "closed", "code": 4008}


async def test_few_long_frames_are_too_much_as_well(deaf):
    for _ in range(4):
        deaf.connection.offer({"t": "hi", "long": "x" * (MOST_BYTES // 3)})
    assert await deaf.next() == {"t": "closed", "code": 4008}


@pytest.mark.parametrize("losable", ["typing", "presence"])
async def test_first_what_can_be_lost_is_given_up(deaf, losable):
    deaf.connection.offer({"t": "hi"})
    for _ in range(2 * MOST_FRAMES):
        deaf.connection.pass_on(parcel({"t": losable}))
    deaf.connection.offer({"t": "ho"})
    assert not deaf.connection.over
    waiting = [each.t for each in deaf.connection.outbox._queue]
    assert len(waiting) <= MOST_FRAMES and waiting[-1] == "ho"


async def test_what_waited_goes_out_in_order_when_the_page_reads_again(deaf):
    for number in range(3):
        deaf.connection.offer({"t": "hi", "number": number})
    assert deaf.heard.empty()
    deaf.is_writable = True
    deaf.connection.offer({"t": "hi", "number": 3})
    deaf.connection.outbox.drain()
    assert [(await deaf.next())["number"] for _ in range(4)] == [0, 1, 2, 3]
