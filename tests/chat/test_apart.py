"""What cannot go with the others is written by itself: nobody else waits for it, and nothing overtakes it."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from uuid import UUID, uuid4

import asyncpg
import pytest
from django.db import connection

from accounts.models import User
from chat.live import lane as lanes
from chat.live import log
from chat.live.frames import Send
from chat.live.lane import Outgoing, Overloaded
from chat.live.log import Written, writing
from chat.models import Attachment, Conversation
from tests.chat.ear import Ear
from tests.chat.told import Told

pytestmark = pytest.mark.django_db(transaction=True)


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
