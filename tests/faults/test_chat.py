"""In the middle of many talks something breaks: nothing is lost, nothing is there twice, nothing is out of order."""

import asyncio
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

import pytest
import redis
from django.conf import settings

from chat.models import Message
from tests.faults.sessions import reconnected
from tests.faults.site import Site
from tests.faults.talking import Talker, doubled, forgets_it, lost, says_it_anew
from tests.faults.talks import (
    LINES,
    Fault,
    nothing_is_lost_doubled_or_out_of_order,
    people,
    talk_through,
    with_two_webs,
)

LONG_ENOUGH_TO_SPEAK_S = 0.5


@pytest.fixture
def urls(site, tmp_path) -> list[str]:
    return with_two_webs(site, tmp_path)


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


async def what_they_are_told_is_lost(talkers: Sequence[Talker]) -> None:
    """The line takes what they say, and brings nothing any more until it goes."""
    for each in talkers:
        each.hears_nothing = True
    await asyncio.sleep(LONG_ENOUGH_TO_SPEAK_S)
    for each in talkers:
        each.cut()
        each.hears_nothing = False


@pytest.mark.parametrize("fault", [pubsub_is_cut, redis_is_emptied, some_are_cut, what_they_are_told_is_lost])
def test_whatever_goes_wrong(urls, fault):
    talkers = people(urls)
    talk_through(talkers, fault)
    nothing_is_lost_doubled_or_out_of_order(talkers)


def test_control_who_says_it_anew_says_it_twice(urls):
    talkers = people(urls)
    for each in talkers:
        each.after_a_cut = says_it_anew
    talk_through(talkers, what_they_are_told_is_lost)
    assert doubled(talkers)
    with pytest.raises(AssertionError):
        nothing_is_lost_doubled_or_out_of_order(talkers)


def killed_with_what_it_was_told(site: Site) -> Fault:
    async def fault(_talkers: Sequence[Talker]) -> None:
        site.stand_still("second web")
        await asyncio.sleep(LONG_ENOUGH_TO_SPEAK_S)
        await asyncio.to_thread(site.kill, "second web")
        await asyncio.sleep(1)
        await asyncio.to_thread(site.start, "second web")

    return fault


def test_a_web_process_is_killed(urls, site):
    talkers = people(urls)
    talk_through(talkers, killed_with_what_it_was_told(site))
    nothing_is_lost_doubled_or_out_of_order(talkers)
    assert max(each.comings for each in talkers) > 1


def test_control_who_does_not_say_it_again_loses_it(urls, site):
    talkers = people(urls)
    for each in talkers:
        each.after_a_cut = forgets_it
    talk_through(talkers, killed_with_what_it_was_told(site), owed=0)
    assert lost(talkers)
    assert Message.objects.filter(kind="text").count() < len(talkers) * LINES
    with pytest.raises(AssertionError):
        nothing_is_lost_doubled_or_out_of_order(talkers)


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
