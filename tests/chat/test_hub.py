"""The process's one subscription: what is published reaches every local socket, also after trouble with Redis."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import redis.asyncio as redis
from django.conf import settings

from chat.live import hub as hubs
from chat.live import subscription
from chat.live.hub import Hub
from chat.live.log import open_pool
from tests.chat.ear import join

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    hub = Hub(await open_pool())
    yield hub
    await hub.close()


async def test_sockets_that_join_in_the_first_moment_all_hear(hub):
    ears = await join(hub, 1, 2, 3, 4)
    await hub.publish((1, 2, 3, 4), {"t": "hi"})
    assert [await ear.next() for ear in ears] == [{"t": "hi"}] * 4


async def test_a_user_hears_on_every_page_and_others_do_not(hub):
    mine, also_mine, yours = await join(hub, 1, 1, 2)
    await hub.publish((1,), {"t": "hi"})
    assert [await mine.next(), await also_mine.next()] == [{"t": "hi"}] * 2
    assert yours.heard.empty()


async def test_after_redis_cut_the_subscription_everybody_hears_again(hub):
    [ear] = await join(hub, 1)
    async with redis.Redis.from_url(settings.REDIS_URL) as other:
        await other.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    for _ in range(20):
        await hub.publish((1,), {"t": "hi"})
        if not ear.heard.empty():
            break
        await asyncio.sleep(0.1)
    assert await ear.next() == {"t": "hi"}


async def test_without_redis_the_pages_of_this_process_hear_all_the_same(settings, monkeypatch):
    """Redis takes the connection and says nothing more."""
    monkeypatch.setattr(subscription, "SUBSCRIBE_TIMEOUT_S", 0.1)
    monkeypatch.setattr(hubs, "PUBLISH_TIMEOUT_S", 0.1)
    silent = await asyncio.start_server(lambda reader, writer: reader.read(), "127.0.0.1", 0)
    settings.REDIS_URL = f"redis://127.0.0.1:{silent.sockets[0].getsockname()[1]}/0"
    hub = Hub(await open_pool())
    try:
        [ear] = await join(hub, 1)
        async with asyncio.timeout(2):
            await hub.publish((1,), {"t": "hi"})
        assert await ear.next() == {"t": "hi"}
    finally:
        await hub.close()
        silent.close()


async def test_a_page_that_does_not_read_is_closed(hub):
    [ear] = await join(hub, 1)
    ear.connection._writer.cancel()
    for _ in range(300):
        ear.connection.offer({"t": "hi"})
    assert await ear.next() == {"t": "closed", "code": 4008}
