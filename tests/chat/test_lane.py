"""Many messages in one statement: each is there once and in order, and nobody's suffers from another's."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from functools import partial
from uuid import UUID, uuid4

import asyncpg
import pytest
from asgiref.sync import sync_to_async
from django.db import connection

from accounts.models import User
from bookings.models import Booking, State
from chat.live import lane as lanes
from chat.live import log
from chat.live.frames import Send
from chat.live.lane import Lane, Outgoing, Overloaded
from chat.live.log import Written, writing
from chat.models import Attachment, Conversation, Message
from tests.cast import a_listing, a_user
from tests.chat.ear import Ear
from tests.orders import accepted, live, rewrite
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


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


def numbers(talk: Conversation) -> list[int]:
    return list(Message.objects.filter(conversation=talk).order_by("seq").values_list("seq", flat=True))


async def test_what_waits_together_is_written_together(talks, pool, counted):
    told = Told(pool)
    for talk in talks:
        for word in ("一", "二", "三"):
            told.say(talk, talk.client_id, word)
    await told.all_of(9)
    assert counted == [9] and not told.failed
    for talk in talks:
        assert told.seqs(talk) == [talk.last_seq + 1, talk.last_seq + 2, talk.last_seq + 3]
        assert await sync_to_async(numbers)(talk) == [*range(1, talk.last_seq + 4)]


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


POISON = """
CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.conversation_id = {talk} THEN RAISE check_violation; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER poison BEFORE INSERT ON chat_message FOR EACH ROW EXECUTE FUNCTION poison()
"""


@pytest.fixture
def poisoned(talks):
    """Whatever is written to it breaks the statement, for all that is in it."""
    with connection.cursor() as cursor:
        cursor.execute(POISON.format(talk=talks[1].pk))
        yield talks[1]
        cursor.execute("DROP FUNCTION poison CASCADE")


async def test_a_poisoned_one_hurts_nobody_else(poisoned, talks, pool, counted):
    told = Told(pool)
    for talk in talks:
        told.say(talk, talk.client_id)
    await told.all_of(3)
    assert counted == [3]
    assert {outgoing.send.conv for outgoing, _ in told.written} == {talks[0].pk, talks[2].pk}
    [(outgoing, error)] = told.failed
    assert outgoing.send.conv == poisoned.pk and isinstance(error, asyncpg.CheckViolationError)


async def test_a_picture_that_is_not_his_own_breaks_no_statement(talks, pool, counted, caplog):
    told = Told(pool)
    told.lane.put(Outgoing(Ear(talks[0].client_id).connection, Send(uuid4(), talks[0].pk, None, "image", uuid4())))
    told.say(talks[1], talks[1].client_id)
    await told.all_of(2)
    [(_, error)] = told.failed
    assert isinstance(error, log.Refused) and error.code == "not_found" and not caplog.records


async def test_who_may_not_write_is_refused_and_the_others_are_not(talks, pool):
    first, second, third = talks
    await User.objects.filter(pk=first.client_id).aupdate(is_active=False)
    await Conversation.objects.filter(pk=second.pk).aupdate(gate=False)
    told = Told(pool)
    told.say(first, first.client_id)
    told.say(second, second.client_id)
    told.say(third, first.companion_id)
    told.say(third, third.client_id)
    await told.all_of(4)
    assert [outgoing.send.conv for outgoing, _ in told.written] == [third.pk]
    refused = {(outgoing.send.conv, error.code) for outgoing, error in told.failed}
    assert refused == {(first.pk, "session_closed"), (second.pk, "session_closed"), (third.pk, "not_found")}


@pytest.fixture
def starting(client_user, listing) -> Conversation:
    """The companion's first words start the clock."""
    return Conversation.objects.get(booking=accepted(client_user, listing))


async def test_what_moves_its_booking_is_written_by_itself(starting, pool):
    told = Told(pool)
    told.say(starting, starting.companion_id, "我在")
    told.say(starting, starting.companion_id, "慢慢说")
    await told.all_of(2)
    assert [written.stepped for _, written in told.written] == [True, False]
    assert (await Booking.objects.aget(pk=starting.booking_id)).state == State.LIVE


async def test_an_answer_ends_the_wait_and_is_kept_as_one(talks, pool):
    [talk, *_] = talks
    await sync_to_async(rewrite)("asked_ms = now_ms - 9000, awaiting_since_ms = now_ms - 9000")
    told = Told(pool)
    told.say(talk, talk.companion_id)
    await told.all_of(1)
    booking = await Booking.objects.aget(pk=talk.booking_id)
    reply = await booking.replies.aget()
    [(_, written)] = told.written
    assert (booking.awaiting_since_ms, reply.replied_ms) == (None, written.at_ms)
    assert written.stop_ms == booking.deadline_ms


@pytest.fixture
async def held(talks, pool) -> AsyncIterator[Conversation]:
    """Somebody holds its row."""
    async with pool.acquire() as other, other.transaction():
        await other.execute("SELECT FROM chat_conversation WHERE id = $1 FOR UPDATE", talks[0].pk)
        yield talks[0]


async def test_a_held_talk_holds_up_no_other(held, talks, pool):
    told = Told(pool)
    told.say(held, held.client_id)
    for talk in talks[1:]:
        told.say(talk, talk.client_id)
    await told.all_of(2)
    assert {outgoing.send.conv for outgoing, _ in told.written} == {talk.pk for talk in talks[1:]}
    await told.all_of(3)
    assert isinstance(told.failed[0][1], asyncpg.LockNotAvailableError)


@pytest.fixture
def locks_are_waited_for():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('chat_write'::regproc)")
        [whole] = cursor.fetchone()
        cursor.execute(whole.replace(" SKIP LOCKED", ""))
        yield
        cursor.execute(whole)


async def test_control_without_skipping_the_others_would_wait_with_it(locks_are_waited_for, held, talks, pool):
    told = Told(pool)
    told.say(held, held.client_id)
    told.say(talks[1], talks[1].client_id)
    await asyncio.sleep(0.3)
    assert not told.written


async def test_nothing_overtakes_in_a_talk_of_which_something_is_written_by_itself(starting, pool, monkeypatch):
    monkeypatch.setattr(log, "write_one", partial(when_free, writing.write_one, free := asyncio.Event()))
    told = Told(pool)
    for word in ("一", "二", "三"):
        told.say(starting, starting.companion_id, word)
        await asyncio.sleep(0.05)
    assert not told.written
    free.set()
    await told.all_of(3)
    assert [outgoing.send.body for outgoing, _ in told.written] == ["一", "二", "三"]
    assert told.seqs(starting) == sorted(told.seqs(starting))


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


async def test_where_few_wait_those_who_are_told_answer_first(talks, pool, counted):
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
    while not counted:
        await asyncio.sleep(0)
    told.say(talks[0], talks[0].client_id, "喂")
    await told.all_of(7)
    assert counted[:2] == [3, 3] and sum(counted) == 7


async def when_free(write, free: asyncio.Event, *arguments, **options) -> Written:
    await free.wait()
    return await write(*arguments, **options)


@pytest.fixture
def uploaded(talks) -> UUID:
    seal = {"image": b"sealed", "preview": b"sealed", "width": 1, "height": 1, "at_ms": 1}
    picture = Attachment.objects.create(conversation=talks[0], uploader_id=talks[0].client_id, **seal)
    return picture.pk


async def test_no_text_overtakes_the_picture_before_it(uploaded, talks, pool):
    [talk, *_] = talks
    told = Told(pool)
    told.say(talk, talk.client_id, "看")
    told.lane.put(Outgoing(Ear(talk.client_id).connection, Send(uuid4(), talk.pk, None, "image", uploaded)))
    told.say(talk, talk.client_id, "好看吗")
    await told.all_of(3)
    assert [outgoing.send.body for outgoing, _ in told.written] == ["看", None, "好看吗"]
    assert told.seqs(talk) == [*range(talk.last_seq + 1, talk.last_seq + 4)]


async def test_many_that_cannot_go_hold_up_no_other(held, talks, pool, monkeypatch):
    """More than a batch looks at; whoever waited for the lock in vain speaks for all behind him."""
    monkeypatch.setattr(lanes, "MOST_TOGETHER", 4)
    told = Told(pool)
    for _ in range(20):
        told.say(held, held.client_id)
    told.say(talks[1], talks[1].client_id)
    async with asyncio.timeout(0.4):
        await told.all_of(1)
    assert [outgoing.send.conv for outgoing, _ in told.written] == [talks[1].pk]
    async with asyncio.timeout(2):
        await told.all_of(21)
    assert {type(error) for _, error in told.failed} == {asyncpg.LockNotAvailableError}


async def test_of_a_talk_that_cannot_go_only_so_much_waits(held, talks, pool, monkeypatch):
    monkeypatch.setattr(lanes, "MOST_APART", 2)
    told = Told(pool)
    for _ in range(6):
        told.say(held, held.client_id)
        await asyncio.sleep(0.02)
    assert [type(error) for _, error in told.failed] == [Overloaded] * 3


async def test_who_cannot_be_told_holds_up_nobody(talks, pool, caplog):
    told = Told(pool)
    told.lane._written = lambda outgoing, written: told.written.append((outgoing, written)) or 1 / 0
    for _ in range(2):
        told.say(talks[0], talks[0].client_id)
        told.say(talks[1], talks[1].client_id)
    await told.all_of(4)
    assert "nobody was told" in caplog.text


async def test_more_than_can_be_written_is_refused_at_once(talks, pool, monkeypatch):
    monkeypatch.setattr(lanes, "MOST_WAITING", 2)
    told = Told(pool)
    for _ in range(2):
        told.say(talks[0], talks[0].client_id)
    with pytest.raises(Overloaded):
        told.say(talks[0], talks[0].client_id)


async def test_without_a_database_everybody_is_told_and_the_lane_goes_on(talks, pool, monkeypatch):
    async def gone(*_arguments) -> dict:
        raise ConnectionRefusedError

    told = Told(pool)
    with monkeypatch.context() as patched:
        patched.setattr(log, "write_many", gone)
        for talk in talks:
            told.say(talk, talk.client_id)
        await told.all_of(3)
    assert [type(error) for _, error in told.failed] == [ConnectionRefusedError] * 3
    told.say(talks[0], talks[0].client_id)
    await told.all_of(4)
    assert len(told.written) == 1


async def test_what_is_in_the_database_tells_nobody_what_was_said(talks, pool):
    told = Told(pool)
    told.say(talks[0], talks[0].client_id, "只有我们知道")
    await told.all_of(1)
    line = await Message.objects.filter(sender=talks[0].client_id).alatest("seq")
    assert line.body == "" and "只有".encode() not in bytes(line.sealed)
    [frame] = await log.after(pool, talks[0].client_id, talks[0].pk, line.seq - 1, 1)
    assert frame["body"] == "只有我们知道"
