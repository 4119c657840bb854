"""Pairs of people in live sessions, at two web processes; their talks with something that goes wrong in the middle, and
what must be true of them afterwards."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from django.db import connection

from chat.demo.companion import session_of
from chat.models import Conversation, Message
from devstack import ports
from devstack.run import processes
from tests.faults.sessions import running
from tests.faults.site import Site
from tests.faults.talking import Talker, all_have_it, chatter, doubled, lost, ways
from tests.plain_http import answers
from tests.waiting import until

PAIRS, LINES, EVERY_S = 6, 20, 0.15
Fault = Callable[[Sequence[Talker]], Awaitable[None]]


def with_two_webs(site: Site, home: Path, *more: str) -> list[str]:
    """The addresses of two web processes of one site, started with `more` arguments."""
    port = ports.free_port()
    site.commands["web"] += more
    site.commands["second web"] = [*processes(port, home, demo=False)["web"], *more]
    second = f"http://{ports.LOOPBACK}:{port}"
    site.start("web", "second web")
    until(lambda: answers(f"{second}/healthz"), seconds=60, what="the second web process")
    return [site.url, second]


def people(urls: Sequence[str], pairs: int = PAIRS) -> list[Talker]:
    """Two for each pair, one after the other; some pairs are at the same process first, most at two."""
    talks = Conversation.objects.filter(booking__in=running(pairs)).select_related("client", "companion").order_by("pk")
    sides = [(talk, user) for talk in talks for user in (talk.client, talk.companion)]
    return [
        Talker(urls[number % 3 % 2 :], session_of(user), talk.pk, user.display_name)
        for number, (talk, user) in enumerate(sides)
    ]


@asynccontextmanager
async def at_their_pages(talkers: Sequence[Talker]) -> AsyncIterator[None]:
    """All have come; who is cut off comes again."""
    staying = [asyncio.create_task(each.stay()) for each in talkers]
    await asyncio.wait_for(everybody_came(talkers), 30)
    try:
        yield
    finally:
        for task in staying:
            task.cancel()
        await asyncio.gather(*staying, return_exceptions=True)


def talk_through(talkers: Sequence[Talker], fault: Fault, *, owed: int = 2 * LINES) -> None:
    """All talk at once, the fault comes in the middle; returns when all have everything: in each talk so many lines
    more than before."""
    upto = {conv: seq + owed for conv, seq in Conversation.objects.values_list("pk", "last_seq")}

    async def go() -> None:
        async with at_their_pages(talkers):
            talking = asyncio.create_task(chatter(talkers, LINES, EVERY_S))
            await asyncio.sleep(LINES * EVERY_S / 3)
            await fault(talkers)
            await talking
            await all_have_it(talkers, upto)

    asyncio.run(go())


async def heads() -> dict[int, int]:
    """The last number of each talk, by its id."""
    return await asyncio.to_thread(_heads)


def _heads() -> dict[int, int]:
    try:
        return dict(Conversation.objects.values_list("pk", "last_seq"))
    finally:
        # Of this thread: it would be in the way of whoever empties the tables.
        connection.close()


async def everybody_came(talkers: Sequence[Talker]) -> None:
    while not all(each.socket for each in talkers):
        await asyncio.sleep(0.05)


def nothing_is_lost_doubled_or_out_of_order(talkers: Sequence[Talker]) -> None:
    assert (lost(talkers), doubled(talkers)) == ([], [])
    for each in talkers:
        lines = Message.objects.filter(conversation=each.conv).order_by("seq")
        assert list(lines.values_list("seq", flat=True)) == [*range(1, lines.count() + 1)]
        assert sorted(each.known) == [*range(1, lines.count() + 1)]
        mine = [body for _, body in sorted(each.known.items()) if body in set(each.said)]
        assert mine == each.said, f"{each.name} said {each.said}, and there is {mine}"
        assert each.disorder == []
    assert all(one.known == other.known for one, other in ways(talkers))
