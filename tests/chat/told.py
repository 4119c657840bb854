"""A lane of one's own, and what it says of what it was given."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID, uuid4

import asyncpg
import pytest

from chat.live import log
from chat.live.frames import Send
from chat.live.lane import Lane, Outgoing
from chat.live.log import Written, writing
from chat.models import Conversation
from tests.cast import a_listing, a_user
from tests.chat.ear import Ear
from tests.orders import accepted, live
from tests.waiting import eventually


@pytest.fixture
def talks(client_user, listing) -> list[Conversation]:
    """Three that run, of six people; nothing waits for an answer."""
    pairs = [(client_user, listing), (a_user("second"), a_listing("lan")), (a_user("third"), a_listing("mei"))]
    return [Conversation.objects.get(booking=live(client, listing)) for client, listing in pairs]


@pytest.fixture
async def pool() -> AsyncIterator[asyncpg.Pool]:
    async with await log.open_pool() as pool:
        yield pool


class Told:
    """What a lane says of what it was given."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.written: list[tuple[Outgoing, Written]] = []
        self.failed: list[tuple[Outgoing, Exception]] = []
        self.lane = Lane(pool, lambda *pair: self.written.append(pair), lambda *failure: self.failed.append(failure))

    def say(self, talk: Conversation, sender: int, body: str = "在吗", cmid: UUID | None = None) -> Outgoing:
        outgoing = Outgoing(Ear(sender).connection, Send(cmid or uuid4(), talk.pk, body))
        self.lane.put(outgoing)
        return outgoing

    async def all_of(self, number: int) -> None:
        async def told() -> bool:
            return len(self.written) + len(self.failed) == number

        await eventually(told, True)

    def seqs(self, talk: Conversation) -> list[int]:
        return [written.seq for outgoing, written in self.written if outgoing.send.conv == talk.pk]


@pytest.fixture
def counted(monkeypatch) -> list[int]:
    """How many messages each statement for many had."""
    sizes: list[int] = []
    plain = writing.write_many

    async def counting(pool: asyncpg.Pool, sends: Sequence) -> dict[int, Written]:
        sizes.append(len(sends))
        return await plain(pool, sends)

    monkeypatch.setattr(log, "write_many", counting)
    return sizes


@pytest.fixture
def starting(client_user, listing) -> Conversation:
    """The companion's first words start the clock."""
    return Conversation.objects.get(booking=accepted(client_user, listing))
