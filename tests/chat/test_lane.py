"""Many messages in one statement: each is there once and in order, and nobody's suffers from another's."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from asgiref.sync import sync_to_async

from bookings.models import Booking, State
from chat.live import lane as lanes
from chat.live import log
from chat.live.lane import Outgoing
from chat.live.log import Written, writing
from chat.models import Conversation, Message
from tests.chat.told import Told
from tests.orders import ask

pytestmark = pytest.mark.django_db(transaction=True)


def numbers(talk: Conversation) -> list[int]:
    return list(Message.objects.filter(conversation=talk).order_by("seq").values_list("seq", flat=True))


async def test_what_waits_together_is_written_together(talks, pool, counted):
    told = Told(pool)
    for talk in talks:
        for word in ("一", "二"):
            told.say(talk, talk.client_id, word)
    await told.all_of(6)
    assert counted == [6] and not told.failed
    for talk in talks:
        assert told.seqs(talk) == [talk.last_seq + 1, talk.last_seq + 2]
        assert await sync_to_async(numbers)(talk) == [*range(1, talk.last_seq + 3)]


async def test_of_many_half_goes_and_the_rest_follows_by_halves(talks, pool, counted, monkeypatch):
    monkeypatch.setattr(lanes, "FEW", 2)
    told = Told(pool)
    for _ in range(4):
        for talk in talks:
            told.say(talk, talk.client_id)
    await told.all_of(12)
    assert counted == [6, 3, 2, 1]


async def test_what_has_to_wait_for_its_talk_takes_nobody_elses_place(talks, pool, counted, monkeypatch):
    monkeypatch.setattr(lanes, "FEW", 3)
    told = Told(pool)
    for _ in range(2):
        told.say(talks[0], talks[0].client_id)
        told.say(talks[0], talks[0].companion_id)
    for talk in talks[1:]:
        told.say(talk, talk.client_id)
    await told.all_of(6)
    assert counted == [3, 1, 1, 1]


async def test_a_quiet_process_waits_for_nothing(talks, pool, counted):
    told = Told(pool)
    for number in range(3):
        told.say(talks[0], talks[0].client_id)
        await told.all_of(number + 1)
    assert counted == [1, 1, 1]


async def test_two_sides_who_speak_at_once_are_put_in_an_order(talks, pool):
    [talk, *_] = talks
    told = Told(pool)
    for number in range(20):
        told.say(talk, talk.companion_id if number % 3 else talk.client_id, str(number))
    await told.all_of(20)
    assert told.seqs(talk) == [*range(talk.last_seq + 1, talk.last_seq + 21)]
    assert [outgoing.send.body for outgoing, _ in told.written] == [str(number) for number in range(20)]


async def test_sent_again_it_is_there_once_and_takes_no_number(talks, pool):
    [talk, *_] = talks
    told = Told(pool)
    cmid = uuid4()
    for _ in range(3):
        told.say(talk, talk.client_id, cmid=cmid)
        await told.all_of(len(told.written) + 1)
    assert [(written.seq, written.dup) for _, written in told.written] == [
        (talk.last_seq + 1, False),
        (talk.last_seq + 1, True),
        (talk.last_seq + 1, True),
    ]


async def test_sent_twice_in_the_same_batch_as_well(talks, pool, counted):
    """From two tabs at the same moment."""
    [talk, other, *_] = talks
    told = Told(pool)
    cmid = uuid4()
    for _ in range(2):
        told.say(talk, talk.client_id, cmid=cmid)
    told.say(other, other.client_id)
    await told.all_of(3)
    assert told.seqs(talk) == [talk.last_seq + 1] * 2 and not told.failed
    assert Counter(written.dup for outgoing, written in told.written if outgoing.send.conv == talk.pk) == {
        True: 1,
        False: 1,
    }


async def test_what_moves_its_booking_is_written_by_itself(starting, pool):
    told = Told(pool)
    told.say(starting, starting.companion_id, "我在")
    told.say(starting, starting.companion_id, "慢慢说")
    await told.all_of(2)
    assert [written.stepped for _, written in told.written] == [True, False]
    assert (await Booking.objects.aget(pk=starting.booking_id)).state == State.LIVE


async def test_an_answer_ends_the_wait_and_is_kept_as_one(talks, pool):
    [talk, *_] = talks
    await sync_to_async(ask)("now_ms - 9000")
    told = Told(pool)
    told.say(talk, talk.companion_id)
    await told.all_of(1)
    booking = await Booking.objects.select_related("turn").aget(pk=talk.booking_id)
    reply = await booking.replies.aget()
    [(_, written)] = told.written
    assert (booking.turn.awaiting_since_ms, reply.replied_ms) == (None, written.at_ms)
    assert written.stop_ms == booking.deadline_ms


async def test_nor_when_the_next_ones_are_chosen_in_the_same_moment(starting, pool, monkeypatch):
    monkeypatch.setattr(lanes, "MOST_TOGETHER", 1)
    told = Told(pool)
    for word in ("一", "二", "三"):
        told.say(starting, starting.companion_id, word)
    await told.all_of(3)
    assert [outgoing.send.body for outgoing, _ in told.written] == ["一", "二", "三"]
    assert told.seqs(starting) == sorted(told.seqs(starting))


async def test_the_database_has_the_next_ones_before_the_pages_are_told_of_the_last(talks, pool, counted, monkeypatch):
    monkeypatch.setattr(lanes, "MOST_TOGETHER", 1)
    told, begun = Told(pool), []
    told.lane._written = lambda *pair: (begun.append(len(counted)), told.written.append(pair))
    for word in ("一", "二", "三"):
        told.say(talks[0], talks[0].client_id, word)
    await told.all_of(3)
    assert begun == [2, 3, 3]


async def test_where_none_wait_those_who_are_told_answer_first(talks, pool, counted):
    """A commit costs the same for one as for all of them."""
    told = Told(pool)

    def answers(outgoing: Outgoing, written: Written) -> None:
        told.written.append((outgoing, written))
        if outgoing.send.body == "在吗":
            talk = next(talk for talk in talks if talk.pk == outgoing.send.conv)
            told.say(talk, talk.companion_id, "我在")

    told.lane._written = answers
    for talk in talks:
        told.say(talk, talk.client_id)
    await told.all_of(6)
    assert counted == [3, 3]


class Database:
    """Answers once it is let; `asked` is how many messages each statement has that it was given by then."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.answers = asyncio.Event()

    async def write_many(self, *given: Any) -> dict[int, Written]:
        self.asked.append(len(given[1]))
        await self.answers.wait()
        return await writing.write_many(*given)


@pytest.fixture
def database(monkeypatch) -> Database:
    slow = Database()
    monkeypatch.setattr(log, "write_many", slow.write_many)
    return slow


@pytest.fixture
def one_is_much(monkeypatch) -> None:
    monkeypatch.setattr(lanes, "MUCH", 1)


@pytest.mark.parametrize(("much", "beside"), [(1, lanes.MOST_BATCHES), (lanes.MUCH, 1)])
async def test_much_goes_beside_what_is_on_its_way_and_no_third(talks, pool, database, monkeypatch, much, beside):
    monkeypatch.setattr(lanes, "MUCH", much)
    told = Told(pool)
    for number, talk in enumerate(talks, 1):
        told.say(talk, talk.client_id)
        await asyncio.sleep(0.05)
        assert database.asked == [1] * min(number, beside)
    database.answers.set()
    await told.all_of(3)
    assert sum(database.asked) == 3


async def test_less_waits_for_it(talks, pool, database, one_is_much):
    told = Told(pool)
    for talks_of_a_moment in (talks[:2], talks[2:]):
        for talk in talks_of_a_moment:
            told.say(talk, talk.client_id)
        await asyncio.sleep(0.05)
    assert database.asked == [2]
    database.answers.set()
    await told.all_of(3)
    assert database.asked == [2, 1]


async def test_what_comes_when_the_last_ones_have_just_gone_starts_another(talks, pool):
    told = Told(pool)
    # Two with nothing to do, as two conversations leave behind that were written by themselves.
    told.lane._drive()
    told.lane._drive()
    await asyncio.sleep(0)
    told.say(talks[0], talks[0].client_id)
    await told.all_of(1)
    assert len(told.written) == 1


class Impatient:
    """A pool that lets nobody in, as after a password was changed."""

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[None]:
        raise asyncpg.InvalidPasswordError
        yield


async def test_whoever_could_not_be_written_may_be_written_later(talks, pool):
    told = Told(pool)
    told.lane._pool = Impatient()
    told.say(talks[0], talks[0].client_id)
    await told.all_of(1)
    assert isinstance(told.failed[0][1], asyncpg.InvalidPasswordError)
    told.lane._pool = pool
    told.say(talks[0], talks[0].client_id)
    await told.all_of(2)
    assert len(told.written) == 1


class SlowToPart:
    """A pool whose connections take a moment to be given back, however they are left."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool
        self.may_part = asyncio.Event()

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[asyncpg.Connection]:
        async with self.pool.acquire() as connection:
            try:
                yield connection
            finally:
                await self.may_part.wait()


async def test_nothing_overtakes_what_could_not_be_written_before_that_is_told(talks, pool, monkeypatch):
    """The sender says it again: another one beside it would be in the log first."""
    told, slow, asked = Told(pool), SlowToPart(pool), []
    told.lane._pool = slow

    async def refuse(connection: asyncpg.Connection, sends: Sequence) -> dict[int, Written]:
        asked.extend(send.body for _, send in sends)
        raise asyncpg.LockNotAvailableError

    monkeypatch.setattr(log, "write_many", refuse)
    for word in ("一", "二"):
        told.say(talks[0], talks[0].client_id, word)
        await asyncio.sleep(0.05)
    assert asked == ["一"] and not told.failed
    slow.may_part.set()
    await told.all_of(2)
    assert [outgoing.send.body for outgoing, _ in told.failed] == asked == ["一", "二"]


async def test_those_who_write_faster_than_is_told_wait(talks, pool, counted, monkeypatch):
    monkeypatch.setattr(lanes, "MOST_TOGETHER", 3)
    monkeypatch.setattr(lanes, "MOST_TOLD_AT_ONCE", 0)
    monkeypatch.setattr(lanes, "MOST_UNTOLD", 5)
    told = Told(pool)
    for number in range(12):
        talk = talks[number % 3]
        told.say(talk, talk.client_id)
    await told.all_of(12)
    assert len(counted) == 4


class Forgetful(set):
    def __contains__(self, conv: object) -> bool:
        return False


@pytest.mark.parametrize("knows", [True, False])
async def test_of_one_talk_nothing_goes_beside_it(talks, pool, database, monkeypatch, one_is_much, knows):
    """Without that, the control, a message may be in the log before the one it follows."""
    told = Told(pool)
    if not knows:
        monkeypatch.setattr(told.lane, "_flying", Forgetful())
    for word in ("一", "二"):
        told.say(talks[0], talks[0].client_id, word)
        await asyncio.sleep(0.05)
    assert database.asked == [1] * (1 if knows else 2)
    database.answers.set()
    await told.all_of(2)
    if knows:
        assert [outgoing.send.body for outgoing, _ in told.written] == ["一", "二"]


async def test_what_is_in_the_database_tells_nobody_what_was_said(talks, pool):
    told = Told(pool)
    told.say(talks[0], talks[0].client_id, "只有我们知道")
    await told.all_of(1)
    line = await Message.objects.filter(sender=talks[0].client_id).alatest("seq")
    assert line.body == "" and "只有".encode() not in bytes(line.sealed)
    [frame] = await log.after(pool, talks[0].client_id, talks[0].pk, line.seq - 1, 1)
    assert frame["body"] == "只有我们知道"
