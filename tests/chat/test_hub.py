"""The sockets of two processes: what is said in one reaches every page in both, also after trouble with Redis."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import redis.asyncio as redis
from django.conf import settings

from chat.live import presence, speaker, subscription
from chat.live.hub import Hub
from chat.live.log import open_pool
from devstack import ports
from tests.chat.ear import join

pytestmark = pytest.mark.django_db(transaction=True)
HI = {"t": "hi"}


@asynccontextmanager
async def a_hub() -> AsyncIterator[Hub]:
    hub = Hub(await open_pool())
    try:
        yield hub
    finally:
        await hub.close()


@pytest.fixture
async def here() -> AsyncIterator[Hub]:
    async with a_hub() as hub:
        yield hub


@pytest.fixture
async def there() -> AsyncIterator[Hub]:
    async with a_hub() as hub:
        yield hub


async def test_sockets_that_join_in_the_first_moment_all_hear(here, there):
    ears = await join(here, 1, 2, 3, 4)
    there.tell((1, 2, 3, 4), HI)
    assert [await ear.next() for ear in ears] == [HI] * 4


async def test_without_redis_nobody_waits_for_it(settings):
    settings.REDIS_URL = f"redis://127.0.0.1:{ports.free_port()}/0"
    async with a_hub() as hub:
        await asyncio.sleep(0.3)
        async with asyncio.timeout(1):
            await join(hub, 1)


async def test_a_user_hears_on_every_page_once_and_others_do_not(here, there):
    mine, yours = await join(here, 1, 2)
    [also_mine] = await join(there, 1)
    here.tell((1,), HI)
    assert [await mine.next(), await also_mine.next()] == [HI] * 2
    await asyncio.sleep(0.2)
    assert [ear.heard.empty() for ear in (mine, also_mine, yours)] == [True] * 3


async def test_after_redis_cut_the_subscription_everybody_hears_again(here, there):
    [ear] = await join(here, 1)
    async with redis.Redis.from_url(settings.REDIS_URL) as other:
        await other.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    for _ in range(20):
        there.tell((1,), HI)
        if not ear.heard.empty():
            break
        await asyncio.sleep(0.1)
    assert await ear.next() == HI


async def test_without_redis_the_pages_of_this_process_hear_all_the_same(settings, monkeypatch):
    """Redis takes the connection and says nothing more."""
    monkeypatch.setattr(subscription, "SUBSCRIBE_TIMEOUT_S", 0.1)
    monkeypatch.setattr(speaker, "PUBLISH_TIMEOUT_S", 0.1)
    monkeypatch.setattr(presence, "ANSWER_S", 0.1)
    silent = await asyncio.start_server(lambda reader, writer: reader.read(), "127.0.0.1", 0)
    settings.REDIS_URL = f"redis://127.0.0.1:{silent.sockets[0].getsockname()[1]}/0"
    async with a_hub() as hub:
        [ear] = await join(hub, 1)
        hub.tell((1,), HI)
        assert await ear.next() == HI
    silent.close()
