"""In the middle of many talks something breaks: nothing is lost, nothing is there twice, nothing is out of order."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
import redis
from django.conf import settings

from chat.demo.companion import session_of
from chat.models import Conversation, Message
from devstack import ports
from devstack.run import processes
from tests.faults.sessions import reconnected, running
from tests.faults.site import Site
from tests.faults.talking import Talker, all_have_it, chatter
from tests.plain_http import answers
from tests.waiting import until

PAIRS, LINES, EVERY_S = 6, 20, 0.15


def with_two_webs(site: Site, home: Path) -> list[str]:
    """The addresses of two web processes of one site."""
    port = ports.free_port()
    site.commands["second web"] = processes(port, home, demo=False)["web"]
    second = f"http://{ports.LOOPBACK}:{port}"
    site.start("web", "second web")
    until(lambda: answers(f"{second}/healthz"), seconds=60, what="the second web process")
    return [site.url, second]


@pytest.fixture
def urls(site, tmp_path) -> list[str]:
    return with_two_webs(site, tmp_path)


def people(urls: Sequence[str], pairs: int = PAIRS) -> list[Talker]:
    talks = dict(Conversation.objects.filter(booking__in=running(pairs)).values_list("pk", "booking"))
    found = []
    for talk in Conversation.objects.filter(pk__in=talks).select_related("client", "companion"):
        for side in ("client", "companion"):
            user = getattr(talk, side)
            found.append(Talker(urls, session_of(user), talk.pk, f"{user.display_name}"))
    return found


def talk_through(
    talkers: Sequence[Talker],
    fault: Callable[[Sequence[Talker]], Awaitable[None]],
    lines: int = LINES,
) -> None:
    """All talk at once, the fault comes in the middle; returns when all have everything."""
    before = dict(Conversation.objects.values_list("pk", "last_seq"))

    async def go() -> None:
        staying = [asyncio.create_task(each.stay()) for each in talkers]
        until_all_came = asyncio.create_task(everybody_came(talkers))
        await asyncio.wait_for(until_all_came, 30)
        talking = asyncio.create_task(chatter(talkers, lines, EVERY_S))
        await asyncio.sleep(lines * EVERY_S / 3)
        await fault(talkers)
        await talking
        upto = {conv: seq + 2 * lines for conv, seq in before.items()}
        await all_have_it(talkers, upto)
        for task in staying:
            task.cancel()
        await asyncio.gather(*staying, return_exceptions=True)

    asyncio.run(go())


async def everybody_came(talkers: Sequence[Talker]) -> None:
    while not all(each.socket for each in talkers):
        await asyncio.sleep(0.05)


def nothing_is_lost_doubled_or_out_of_order(talkers: Sequence[Talker]) -> None:
    for each in talkers:
        lines = Message.objects.filter(conversation=each.conv).order_by("seq")
        assert list(lines.values_list("seq", flat=True)) == [*range(1, lines.count() + 1)]
        assert sorted(each.known) == [*range(1, lines.count() + 1)]
        mine = [body for _, body in sorted(each.known.items()) if body in set(each.said)]
        assert mine == each.said, f"{each.name} said {each.said}, and there is {mine}"
        assert each.disorder == []
    for one in talkers:
        [other] = [each for each in talkers if each.conv == one.conv and each is not one]
        assert one.known == other.known


async def pubsub_is_cut(_talkers: Sequence[Talker]) -> None:
    redis.Redis.from_url(settings.REDIS_URL).execute_command("CLIENT", "KILL", "TYPE", "pubsub")


async def redis_is_emptied(_talkers: Sequence[Talker]) -> None:
    redis.Redis.from_url(settings.REDIS_URL).flushdb()


async def some_are_cut(talkers: Sequence[Talker]) -> None:
    """One in twenty, again and again."""
    for _ in range(10):
        for each in random.sample(list(talkers), max(1, len(talkers) // 20)):
            each.cut()
        await asyncio.sleep(0.2)


@pytest.mark.parametrize("fault", [pubsub_is_cut, redis_is_emptied, some_are_cut])
def test_whatever_goes_wrong(urls, fault):
    talkers = people(urls)
    talk_through(talkers, fault)
    nothing_is_lost_doubled_or_out_of_order(talkers)


def test_a_web_process_is_killed(urls, site):
    async def killed(_talkers: Sequence[Talker]) -> None:
        await asyncio.to_thread(site.kill, "second web")
        await asyncio.sleep(1)
        await asyncio.to_thread(site.start, "second web")

    talkers = people(urls)
    talk_through(talkers, killed)
    nothing_is_lost_doubled_or_out_of_order(talkers)
    assert max(each.comings for each in talkers) > 1


def test_redis_is_away_and_comes_back_with_nothing(site_on_valkey, valkey, tmp_path):
    async def restarted(_talkers: Sequence[Talker]) -> None:
        await asyncio.to_thread(valkey.kill)
        await asyncio.sleep(1.5)
        await asyncio.to_thread(valkey.start)

    talkers = people(with_two_webs(site_on_valkey, tmp_path))
    talk_through(talkers, restarted)
    nothing_is_lost_doubled_or_out_of_order(talkers)


@pytest.fixture
def postgres_comes_back(postgres) -> Iterator[Callable]:
    async def restarted(_talkers: Sequence[Talker]) -> None:
        await asyncio.to_thread(postgres.kill)
        await asyncio.sleep(1)
        await asyncio.to_thread(postgres.start)

    yield restarted
    with suppress(Exception):
        reconnected()


def test_the_database_is_away(site_on_postgres, postgres_comes_back, tmp_path):
    talkers = people(with_two_webs(site_on_postgres, tmp_path))
    talk_through(talkers, postgres_comes_back)
    reconnected()
    nothing_is_lost_doubled_or_out_of_order(talkers)


def test_the_same_from_two_tabs(urls):
    """Both pages of one person send the same letters under the same ids."""
    his, hers = people(urls, pairs=1)
    twin = Talker(urls, his.cookie, his.conv, his.name)

    async def twice(_talkers: Sequence[Talker]) -> None:
        twin.outbox = list(his.outbox) + [letter for letter in twin.outbox if letter not in his.outbox]
        staying = asyncio.create_task(twin.stay())
        await asyncio.sleep(1)
        staying.cancel()

    talk_through([his, hers], twice)
    nothing_is_lost_doubled_or_out_of_order([his, hers])
