"""What one person's client does is noticed by nobody else: words take as long from page to page as before."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import cycle, islice

import pytest

from chat.models import Message
from tests.faults.evenly import is_noticed, nobody_else_notices, without_and_with
from tests.faults.misbehaving import Flood, Flooder, Unreading
from tests.faults.site import Site, site_in
from tests.faults.talking import Talker, all_have_it
from tests.faults.talks import at_their_pages, heads, nothing_is_lost_doubled_or_out_of_order, people, with_two_webs

PAIRS = 10
LONG = "x" * 3900
LONG_LINES_PER_S = 20
PAGES = 3
# What the line holds and some of what the server keeps for a page; and, on top of them, more than all of it.
SOME_LINES, TOO_MANY_LINES = 100, 200


@pytest.fixture
def urls(site, tmp_path) -> list[str]:
    return with_two_webs(site, tmp_path)


@pytest.fixture
def urls_where_much_is_said(transactional_db, tmp_path) -> Iterator[list[str]]:
    with site_in(tmp_path, CHAT_RATE_PER_S="1000", CHAT_BURST="1000") as site:
        # Who does not read does not answer the protocol's own pings either: that is not what closes him here.
        yield with_two_webs(site, tmp_path, "--ws-ping-timeout=60")


async def say_long_lines(pages: Sequence[Talker], count: int, every_s: float = 0) -> None:
    for page in islice(cycle(pages), count):
        await page.say(f"{page.name} {len(page.said)} {LONG}")
        await asyncio.sleep(every_s)


async def all_is_said(pages: Sequence[Talker]) -> None:
    while any(page.outbox for page in pages):
        await asyncio.sleep(0.02)


def test_somebody_does_not_read_and_is_closed_and_comes_back_to_all_of_it(urls_where_much_is_said):
    *others, his, hers = people(urls_where_much_is_said, PAIRS + 1)
    deaf = Unreading(his.urls, his.cookie, his.conv, his.name)
    pages = [Talker(hers.urls, hers.cookie, hers.conv, f"page {number}") for number in range(PAGES)]

    async def much_waits_for_him() -> None:
        deaf.read_again()
        await all_have_it([deaf], await heads())
        await deaf.stop_reading()
        await say_long_lines(pages, SOME_LINES)
        await all_is_said(pages)

    @asynccontextmanager
    async def more_is_said_to_him() -> AsyncIterator[None]:
        saying = asyncio.create_task(say_long_lines(pages, TOO_MANY_LINES, 1 / LONG_LINES_PER_S))
        yield
        saying.cancel()

    async def go() -> None:
        async with at_their_pages([*others, deaf, *pages]):
            await nobody_else_notices(others, more_is_said_to_him, much_waits_for_him)
            assert deaf.closed == []
            await say_long_lines(pages, TOO_MANY_LINES)
            await all_is_said(pages)
            deaf.read_again()
            await all_have_it([*others, deaf, *pages], await heads())

    asyncio.run(go())
    nothing_is_lost_doubled_or_out_of_order([*others, deaf, *pages])
    assert deaf.closed == [4008]


def what_was_acknowledged_is_written_once_and_what_was_refused_is_not(flood: Flood, conv: int) -> None:
    texts = Message.objects.filter(conversation=conv, kind="text")
    written = Counter(str(cmid) for cmid in texts.values_list("cmid", flat=True))
    assert flood.acked and flood.refused
    assert (set(flood.acked) - written.keys(), written.keys() & set(flood.refused)) == (set(), set())
    assert max(written.values()) == 1


def test_somebody_floods(urls):
    *others, his, hers = people(urls, PAIRS + 1)
    flooder = Flooder(urls[0], his.cookie, his.conv)

    async def go() -> Flood:
        async with at_their_pages([*others, hers]):
            try:
                await nobody_else_notices(others, flooder.flooding)
            finally:
                flood = await asyncio.to_thread(flooder.end)
            await all_have_it([*others, hers], await heads())
        return flood

    flood = asyncio.run(go())
    assert flood.errors.keys() == {"rate_limited"}
    assert flood.closed.keys() <= {"closed with 4029", "open"}
    what_was_acknowledged_is_written_once_and_what_was_refused_is_not(flood, his.conv)
    nothing_is_lost_doubled_or_out_of_order([*others, hers])


def test_control_a_process_that_waits_for_somebody_is_noticed(urls, site: Site):
    talkers = people(urls, PAIRS)

    async def now_and_then() -> None:
        while True:
            site.stand_still("web")
            await asyncio.sleep(0.3)
            site.go_on("web")
            await asyncio.sleep(0.1)

    @asynccontextmanager
    async def it_waits() -> AsyncIterator[None]:
        waiting = asyncio.create_task(now_and_then())
        yield
        waiting.cancel()
        site.go_on("web")

    async def go() -> tuple[float, float]:
        async with at_their_pages(talkers):
            return await without_and_with(talkers, it_waits, windows=3)

    assert is_noticed(*asyncio.run(go()))
    nothing_is_lost_doubled_or_out_of_order(talkers)
