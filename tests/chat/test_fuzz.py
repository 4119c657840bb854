"""Whatever a client says, it is answered by a code; the worker lives, no failure is logged, nobody else notices."""

import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from asgiref.sync import sync_to_async
from hypothesis import given
from hypothesis import strategies as st

from chat.live.frames import READERS, FrameError, NotAFrame, read_frame
from chat.models import Conversation, Message
from tests.chat.client import Page
from tests.chat.door import socket_of
from tests.orders import live

KNOWN = {"bad_frame", "unknown_type", "unknown_kind", "bad_version", "bad_text"}
NUMBERS = st.one_of(st.integers(), st.integers(0, 50), st.floats(), st.just(2**63), st.just(-1))
TEXTS = st.text(st.characters(), max_size=40)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS, st.uuids().map(str)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)
FIELDS = ("v", "resume", "cmid", "conv", "kind", "body", "attachment", "seq", "after", "limit", "last_seq")
FRAMES = st.builds(
    lambda t, rest: {"t": t, **rest},
    st.one_of(st.sampled_from([*READERS]), VALUES),
    st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=6),
)
BYTES = st.one_of(FRAMES.map(json.dumps), VALUES.map(json.dumps), st.text(max_size=200))


@given(BYTES)
def test_a_frame_is_read_or_refused_with_a_known_code(text):
    try:
        read_frame(text)
    except FrameError as error:
        assert error.code in KNOWN
    except NotAFrame:
        assert not is_object(text)


def is_object(text: str) -> bool:
    try:
        return isinstance(orjson.loads(text), dict)
    except ValueError:
        return False


HOSTILE = [
    '{"t":"send"' + ',"cmid":"x"' * 900 + "}",
    '{"t":"hello","v":1,"resume":' + json.dumps([{"conv": number, "last_seq": 0} for number in range(201)]) + "}",
    '{"t":"send","cmid":"00000000-0000-4000-8000-000000000007","conv":1e309,"body":"x"}',
    '{"t":"sync","conv":9223372036854775807,"after":9223372036854775807,"limit":9223372036854775807}',
    '{"t":"sync","conv":9223372036854775808}',
    '{"t":"read","conv":1,"seq":-1}',
    '{"t":"typing"}',
    '{"t":"send","cmid":"00000000-0000-4000-8000-000000000007","conv":1,"kind":"image","attachment":"../../etc/passwd"}',
    '{"t":"send","cmid":"00000000-0000-4000-8000-000000000007","conv":1,"kind":"system","body":"{}"}',
    '{"t":"msg","conv":1,"seq":1}',
    '{"t":"bye","session":null}',
    '{"t":null}',
]
NO_FRAMES = [
    "[" * 8000,
    '{"a":' * 2000,
    "null",
    "0",
    "\u0000",
    "",
    b"\xff\xfe\x00",
    b'{"t":"ping"}',
]


@pytest.fixture
async def talk(client_user, listing) -> AsyncIterator[Conversation]:
    booking = await sync_to_async(live)(client_user, listing)
    yield await Conversation.objects.select_related("companion").aget(booking=booking)


async def survives(page: Page) -> None:
    await page.say(t="ping")
    await page.hear("pong")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_the_socket_stays_and_the_others_go_on(server, client_user, talk, text):
    async with Page(server, client_user) as page, Page(server, talk.companion) as other:
        await page.hello(**{f"conv_{talk.pk}": 0})
        await other.hello(**{f"conv_{talk.pk}": 0})
        await page.socket.send(text)
        await survives(page)
        cmid = await other.send(talk.pk, "我在")
        await page.hear("msg", cmid=cmid)
    assert await Message.objects.filter(kind="text").acount() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("message", NO_FRAMES, ids=range(len(NO_FRAMES)))
async def test_who_speaks_another_protocol_loses_the_socket_and_nobody_else(server, client_user, talk, message):
    async with Page(server, talk.companion) as other:
        await other.hello(**{f"conv_{talk.pk}": 0})
        async with Page(server, client_user) as page:
            await page.hello()
            await page.socket.send(message)
            assert await page.closed() == 4500
        await survives(other)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("size", [16 * 1024 + 1, 2 * 2**20])
async def test_what_is_too_large_costs_its_sender_the_socket_and_nobody_else(server, client_user, talk, size):
    async with Page(server, talk.companion) as other:
        await other.hello(**{f"conv_{talk.pk}": 0})
        async with Page(server, client_user) as page:
            await page.hello()
            await page.socket.send("x" * size)
            assert await page.closed() == 1009
        await survives(other)


@pytest.fixture
def failures(caplog) -> list[Any]:
    caplog.set_level(logging.ERROR)
    return caplog.records


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("message", HOSTILE + NO_FRAMES, ids=range(len(HOSTILE + NO_FRAMES)))
async def test_nothing_of_it_is_logged_as_a_failure(failures, hub, client_user, message):
    """The listener in this process, so that its log is at hand."""
    socket = await socket_of(client_user)
    assert (await socket.hello())["t"] == "welcome"
    socket.listener.heard(message)
    answer = await socket.next() if message != '{"t":"typing"}' else None
    assert answer is None or answer["t"] in ("error", "page", "closed")
    socket.leave()
    assert failures == []
