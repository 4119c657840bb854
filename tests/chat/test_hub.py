"""The sockets of two processes: what is said in one reaches every page in both, also after trouble with Redis."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
import redis.asyncio as redis
from django.conf import settings

from chat.live import presence, speaker, subscription
from chat.live.hub import Hub
from chat.services.fanout import channel_of
from devstack import ports
from tests.chat.ear import join
from tests.chat.hubs import a_hub

pytestmark = pytest.mark.django_db(transaction=True)
HI = {"t": "hi"}


@pytest.fixture(autouse=True)
async def nobody_hears_yet() -> None:
    """Redis learns a moment later that the lines of the test before are closed; until then it counts who listened."""
    async with redis.Redis.from_url(settings.REDIS_URL) as asked:
        while (await asked.pubsub_numsub(channel_of(1)))[0][1]:
            await asyncio.sleep(0.01)


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


async def test_what_nobody_hears_elsewhere_does_not_come_back_from_redis(here, there, echoes):
    [ear] = await join(here, 1)
    await said(here, 1)
    assert await ear.next() == HI and echoes == []
    await join(there, 1)
    await said(here, 1)
    assert await ear.next() == HI and echoes == ["u:1"]


async def test_what_is_said_on_a_line_that_was_cut_is_said_again(here, there):
    [ear] = await join(there, 1)
    await said(here, 1)
    assert await ear.next() == HI
    await cut(here._speaker._line)
    await said(here, 1)
    assert await ear.next() == HI


@pytest.mark.parametrize("knows", [True, False])
async def test_who_does_not_hear_does_not_take_another_one_for_himself(here, there, monkeypatch, knows):
    """Without that, the control, one listener is taken for this process and told nothing."""
    await join(here, 1)
    [ear] = await join(there, 1)
    await cut(here._subscription._line)
    while here._subscription.hears(channel_of(1)):
        await asyncio.sleep(0.01)
    if not knows:
        monkeypatch.setattr(here._speaker, "_hears", lambda channel: True)
    await said(here, 1)
    await asyncio.sleep(0.2)
    assert ear.heard.empty() != knows


async def test_a_line_on_which_nothing_comes_any_more_is_left(there, settings, monkeypatch):
    """No end is told of it. As long as it is believed in, the others are told nothing: one of them is taken for us."""
    monkeypatch.setattr(subscription, "SILENCE_S", 0.1)
    async with a_way_to_redis(settings) as way, a_hub() as here:
        await join(here, 1)
        [ear] = await join(there, 1)
        before = here._subscription.hears(channel_of(1))
        way.lose_who_listens()
        await said(here, 1)
        assert ear.heard.empty()
        while here._subscription.hears(channel_of(1)):
            await asyncio.sleep(0.01)
        await said(here, 1)
        assert await ear.next() == HI
        while not here._subscription.hears(channel_of(1)):
            await asyncio.sleep(0.01)
        assert here._subscription.hears(channel_of(1)) != before


class Way:
    """To Redis, over something that can lose a connection without a word."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.listening: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_redis, to_redis = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            await asyncio.gather(self.ask(reader, to_redis), self.answer(from_redis, writer))
        finally:
            # Redis would count whom it still hears of.
            to_redis.close()

    async def ask(self, reader: asyncio.StreamReader, to_redis: asyncio.StreamWriter) -> None:
        while data := await reader.read(2**16):
            if b"SUBSCRIBE" in data:
                self.listening.append(to_redis)
            to_redis.write(data)

    async def answer(self, from_redis: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await from_redis.read(2**16):
            writer.write(data)

    def lose_who_listens(self) -> None:
        for each in self.listening:
            each.close()


@asynccontextmanager
async def a_way_to_redis(settings) -> AsyncIterator[Way]:
    there, going = urlsplit(settings.REDIS_URL), []
    way = Way(there.port)
    begin = lambda *ends: going.append(asyncio.create_task(way.serve(*ends)))  # noqa: E731
    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    place = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    settings.REDIS_URL = there._replace(netloc=there.netloc.rpartition("@")[0] + "@" + place).geturl()
    yield way
    server.close()
    for each in going:
        each.cancel()
    await asyncio.gather(*going, return_exceptions=True)


async def said(hub: Hub, user: int) -> None:
    hub.tell((user,), HI)
    await hub._speaker.said()


async def cut(line: redis.Connection) -> None:
    host, port = line._writer.get_extra_info("sockname")
    async with redis.Redis.from_url(settings.REDIS_URL) as other:
        await other.execute_command("CLIENT", "KILL", "ADDR", f"{host}:{port}")


@pytest.fixture
def echoes(here) -> list[str]:
    """Whose channels the process heard something on."""
    found, hear = [], here._subscription._heard
    here._subscription._heard = lambda channel, data: (found.append(channel.partition(":")[2]), hear(channel, data))
    return found


async def test_without_redis_the_pages_of_this_process_hear_all_the_same(settings, monkeypatch):
    """Redis takes the connection and says nothing more."""
    monkeypatch.setattr(subscription, "SUBSCRIBE_TIMEOUT_S", 0.1)
    monkeypatch.setattr(speaker, "ANSWER_TIMEOUT_S", 0.1)
    monkeypatch.setattr(presence, "ANSWER_S", 0.1)
    silent = await asyncio.start_server(lambda reader, writer: reader.read(), "127.0.0.1", 0)
    settings.REDIS_URL = f"redis://127.0.0.1:{silent.sockets[0].getsockname()[1]}/0"
    async with a_hub() as hub:
        [ear] = await join(hub, 1)
        hub.tell((1,), HI)
        assert await ear.next() == HI
    silent.close()
