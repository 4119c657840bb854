"""Who is believed to have no page in another process: not asked about with each message, and nothing lost by it."""

import asyncio
from uuid import uuid4

import pytest

from chat.live import hub as hubs
from chat.live import log, speaker
from chat.live.frames import Send
from chat.live.hub import Hub
from chat.live.lane import Outgoing
from chat.models import Conversation
from tests.chat.ear import Ear, join
from tests.orders import live

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def talk(client_user, listing) -> Conversation:
    return Conversation.objects.get(booking=live(client_user, listing))


@pytest.fixture
async def speaks(here, talk) -> Ear:
    """The client's page in one of the two processes."""
    return await arrive(here, talk, talk.client_id)


async def arrive(hub: Hub, talk: Conversation, user_id: int) -> Ear:
    """A page that has all that there is."""
    await talk.arefresh_from_db()
    [ear] = await join(hub, user_id, **{f"conv_{talk.pk}": talk.last_seq})
    await hub.acquaint(ear.connection)
    return ear


async def message_of(ear: Ear, kind: str = "msg") -> dict:
    while (frame := await ear.next())["t"] != kind:
        pass
    return frame


async def write(hub: Hub, talk: Conversation, ear: Ear) -> int:
    """Returns once it is told; the seq."""
    hub.lane.put(Outgoing(ear.connection, Send(uuid4(), talk.pk, "在吗")))
    ack = await message_of(ear, "ack")
    await hub._speaker.said()
    return ack["seq"]


@pytest.fixture
def asked(here, speaks, monkeypatch) -> list[set[int]]:
    """Of which users it is asked, each time."""
    found, plain = [], here._speaker._heard_elsewhere
    monkeypatch.setattr(here._speaker, "_heard_elsewhere", lambda users: found.append(users) or plain(users))
    return found


@pytest.mark.parametrize(("believed_s", "questions"), [(60, 1), (0, 10)])
async def test_many_messages_are_one_question(here, talk, speaks, asked, monkeypatch, believed_s, questions):
    """Each is one, the control, where nothing is believed."""
    monkeypatch.setattr(speaker, "BELIEVED_S", believed_s)
    for _ in range(10):
        await write(here, talk, speaks)
    assert asked.count({talk.client_id, talk.companion_id}) == questions


async def test_what_is_in_no_log_is_asked_about_each_time(here, there, talk, speaks, monkeypatch):
    monkeypatch.setattr(speaker, "BELIEVED_S", 60)
    await write(here, talk, speaks)
    hers = await arrive(there, talk, talk.companion_id)
    here.tell((talk.companion_id,), {"t": "hi"})
    assert await message_of(hers, "hi")


async def test_where_one_is_known_to_be_each_message_reaches_him(here, there, talk, speaks, monkeypatch):
    monkeypatch.setattr(speaker, "BELIEVED_S", 60)
    monkeypatch.setattr(hubs.Hub, "_look_again_soon", lambda self, page: None)
    hers = await arrive(there, talk, talk.companion_id)
    written = [await write(here, talk, speaks) for _ in range(3)]
    assert [(await message_of(hers))["seq"] for _ in range(3)] == written


@pytest.mark.parametrize("looks_again", [True, False])
async def test_who_comes_while_it_is_believed_has_the_message_a_moment_later(
    here, there, talk, speaks, monkeypatch, looks_again
):
    """Not at all before the next round, the control, without the second look."""
    monkeypatch.setattr(hubs, "GATHER_S", 1)
    if not looks_again:
        monkeypatch.setattr(hubs.Hub, "_look_again_soon", lambda self, page: None)
    await write(here, talk, speaks)
    hers = await arrive(there, talk, talk.companion_id)
    untold = await written_untold(here, talk, speaks)
    await asyncio.sleep(hubs.GATHER_S + 2 * hubs.LOOK_AGAIN_S)
    assert seqs(hers) == [untold] * looks_again


def seqs(ear: Ear) -> list[int]:
    """Of the messages that have come."""
    frames = [ear.heard.get_nowait() for _ in range(ear.heard.qsize())]
    return [frame["seq"] for frame in frames if frame["t"] == "msg"]


async def written_untold(hub: Hub, talk: Conversation, ear: Ear) -> int:
    """As if that had been said within the moment in which she is still believed to be away, however slow this is."""
    hub._speaker._nowhere_else = dict.fromkeys((talk.client_id, talk.companion_id), float("inf"))
    return await write(hub, talk, ear)


async def test_a_look_that_failed_is_made_up_for(here, there, talk, speaks, monkeypatch):
    monkeypatch.setattr(hubs, "AFTER_ERROR_S", 0)
    plain, failed = log.heads_of_all, []

    async def once_down(pool, convs):
        if pool is there.pool and not failed:
            failed.append(True)
            raise OSError
        return await plain(pool, convs)

    monkeypatch.setattr(log, "heads_of_all", once_down)
    monkeypatch.setattr(hubs, "GATHER_S", 1)
    await write(here, talk, speaks)
    hers = await arrive(there, talk, talk.companion_id)
    untold = await written_untold(here, talk, speaks)
    assert (await message_of(hers))["seq"] == untold
    assert failed


@pytest.mark.parametrize("wait_s", [0.5, 0])
async def test_a_round_looks_when_nothing_of_before_is_believed(here, there, talk, speaks, monkeypatch, wait_s):
    """Else what was written meanwhile would wait for the next round: the control, where it looks at once."""
    monkeypatch.setattr(hubs.Hub, "_look_again_soon", lambda self, page: None)
    hers = await arrive(there, talk, talk.companion_id)
    monkeypatch.setattr(hubs, "GATHER_S", 0)
    monkeypatch.setattr(hubs, "LOOK_AGAIN_S", wait_s)
    there._lost_hints.set()
    await asyncio.sleep(0.2)
    untold = await written_untold(here, talk, speaks)
    await asyncio.sleep(0.5)
    assert seqs(hers) == [untold] * bool(wait_s)


async def test_who_was_not_heard_himself_believes_nothing_of_the_others(here, there, talk, speaks, monkeypatch):
    """Somebody may have been taken for him."""
    monkeypatch.setattr(hubs.Hub, "_look_again_soon", lambda self, page: None)
    hers = await arrive(there, talk, talk.companion_id)
    here._speaker._believe({talk.client_id, talk.companion_id}, set(), float("inf"))
    await here._subscription._hang_up()
    assert (await write(here, talk, speaks)) == (await message_of(hers))["seq"]


def test_the_second_look_is_later_than_anything_is_believed():
    assert hubs.LOOK_AGAIN_S > speaker.BELIEVED_S


async def test_of_very_many_what_is_believed_is_forgotten(here, talk, speaks, monkeypatch):
    monkeypatch.setattr(speaker, "MOST_BELIEVED", 1)
    for _ in range(2):
        here._speaker._believe({talk.client_id, talk.companion_id}, set(), 0)
        assert len(here._speaker._nowhere_else) == 2
    here._speaker._believe({0}, set(), 0)
    assert list(here._speaker._nowhere_else) == [0]
