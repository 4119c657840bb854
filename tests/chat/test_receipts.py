"""How far each of the two has the talk and has seen it: told at once, kept within a second, never backwards."""

import asyncio

import pytest

from chat.live import log, receipts
from chat.models import Conversation
from tests.chat.client import Page
from tests.orders import live
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def conversation(client_user, listing) -> Conversation:
    return Conversation.objects.get(booking=live(client_user, listing))


@pytest.fixture
def conv(conversation) -> int:
    return conversation.pk


async def kept(conv: int) -> tuple[int, int, int, int]:
    talk = await Conversation.objects.aget(pk=conv)
    return talk.client_recv, talk.client_read, talk.companion_recv, talk.companion_read


async def test_the_other_side_hears_at_once_and_it_is_kept_soon(server, client_user, companion, conv):
    async with Page(server, client_user) as his, Page(server, companion) as hers:
        head = (await his.hello(**{f"conv_{conv}": 0}))["heads"][0]["head"]
        await hers.hello(**{f"conv_{conv}": 0})
        await his.say(t="recv", conv=conv, seq=head)
        assert await hers.hear("receipt") == told(conv, client_user.pk, head, 0)
        await his.say(t="read", conv=conv, seq=head)
        assert await hers.hear("receipt") == told(conv, client_user.pk, head, head)
    await eventually(lambda: kept(conv), (head, head, 0, 0))


def told(conv: int, user: int, recv: int, read: int) -> dict[str, object]:
    return {"t": "receipt", "conv": conv, "user": user, "recv": recv, "read": read}


async def test_whoever_comes_later_finds_it_in_the_welcome(server, client_user, companion, conv):
    async with Page(server, client_user) as his:
        head = (await his.hello(**{f"conv_{conv}": 0}))["heads"][0]["head"]
        await his.say(t="read", conv=conv, seq=head)
        await eventually(lambda: kept(conv), (head, head, 0, 0))
    async with Page(server, companion) as hers:
        [hers_head] = (await hers.hello(**{f"conv_{conv}": 0}))["heads"]
    assert hers_head == {"conv": conv, "head": head, "peer_recv": head, "peer_read": head, "recv": 0, "read": 0}


async def test_they_go_on_where_they_were_when_he_comes_back(server, client_user, companion, conv):
    async with Page(server, companion) as hers:
        head = (await hers.hello(**{f"conv_{conv}": 0}))["heads"][0]["head"]
        async with Page(server, client_user) as his:
            await his.hello(**{f"conv_{conv}": 0})
            await his.say(t="read", conv=conv, seq=head)
            await eventually(lambda: kept(conv), (head, head, 0, 0))
        await hers.send(conv, "在吗")
        async with Page(server, client_user) as his:
            await his.hello(**{f"conv_{conv}": head})
            await his.hear("msg", seq=head + 1)
            await his.say(t="recv", conv=conv, seq=head + 1)
            receipt = await hers.hear("receipt", recv=head + 1)
    assert receipt["read"] == head


async def test_his_own_other_page_hears_it_too_and_the_one_that_said_it_does_not(server, client_user, conv):
    async with Page(server, client_user) as one, Page(server, client_user) as other:
        head = (await one.hello(**{f"conv_{conv}": 0}))["heads"][0]["head"]
        await other.hello(**{f"conv_{conv}": 0})
        await one.say(t="read", conv=conv, seq=head)
        assert (await other.hear("receipt"))["read"] == head
        await one.say(t="ping")
        await one.hear("pong")
        assert not [frame for frame in one.inbox if frame["t"] == "receipt"]


async def test_nobody_has_seen_what_he_was_not_sent(server, client_user, companion, conv):
    async with Page(server, client_user) as his, Page(server, companion) as hers:
        head = (await his.hello(**{f"conv_{conv}": 0}))["heads"][0]["head"]
        await hers.hello(**{f"conv_{conv}": 0})
        await his.say(t="read", conv=conv, seq=10**6)
        assert (await hers.hear("receipt"))["read"] == head
    await eventually(lambda: kept(conv), (head, head, 0, 0))


async def test_a_cursor_does_not_go_back(server, client_user, companion, conv):
    async with Page(server, client_user) as his, Page(server, companion) as hers:
        head = (await his.hello(**{f"conv_{conv}": 0}))["heads"][0]["head"]
        await hers.hello(**{f"conv_{conv}": 0})
        for seq in (head, 1):
            await his.say(t="read", conv=conv, seq=seq)
        await his.say(t="ping")
        await his.hear("pong")
        assert (await hers.hear("receipt"))["read"] == head
        await asyncio.sleep(0.1)
        assert not [frame for frame in hers.inbox if frame["t"] == "receipt"]


async def test_of_a_foreign_talk_nothing_is_told_or_kept(server, stranger, client_user, conv):
    async with Page(server, client_user) as his, Page(server, stranger) as page:
        await his.hello(**{f"conv_{conv}": 0})
        await page.hello(**{f"conv_{conv}": 0})
        for t in ("recv", "read", "typing"):
            await page.say(**({"t": t, "conv": conv} | ({} if t == "typing" else {"seq": 1})))
            assert (await page.hear("error"))["code"] == "not_found"
        await asyncio.sleep(1.2)
        assert not [frame for frame in his.inbox if frame["t"] in ("receipt", "typing")]
    assert await kept(conv) == (0, 0, 0, 0)


async def test_a_held_row_holds_up_no_receipt_of_others(conversation):
    """And what could not be written is not counted as written."""
    async with await log.open_pool() as pool, pool.acquire() as other, other.transaction():
        await other.execute("SELECT FROM chat_conversation WHERE id = $1 FOR UPDATE", conversation.pk)
        assert await log.write_seen(pool, {(conversation.pk, conversation.client_id): (1, 1)}) == set()


async def test_few_rows_are_held_at_a_time(conversation, monkeypatch):
    parts = []
    monkeypatch.setattr(receipts, "AT_ONCE", 1)
    plain = log.write_seen
    monkeypatch.setattr(log, "write_seen", lambda pool, cursors: parts.append(len(cursors)) or plain(pool, cursors))
    async with await log.open_pool() as pool:
        seen = receipts.Receipts(pool)
        for user in (conversation.client_id, conversation.companion_id):
            seen.note(user, conversation.pk, 1, read=True)
        await seen.write()
        await seen.write()
    assert parts == [1, 1] and await kept(conversation.pk) == (1, 1, 1, 1)


async def test_the_database_itself_keeps_read_within_received_within_written(conversation):
    async with await log.open_pool() as pool:
        cursors = {(conversation.pk, conversation.client_id): (10**6, 10**6)}
        assert await log.write_seen(pool, cursors) == {conversation.pk}
    await conversation.arefresh_from_db()
    assert conversation.client_recv == conversation.client_read == conversation.last_seq


async def test_that_somebody_types_is_told_to_the_other_one_now_and_then(server, client_user, companion, conv):
    async with Page(server, client_user) as his, Page(server, companion) as hers:
        await his.hello(**{f"conv_{conv}": 0})
        head = (await hers.hello(**{f"conv_{conv}": 0}))["heads"][0]["head"]
        # While a page still gets what it has missed, nobody's typing is told to it.
        await hers.hear("msg", seq=head)
        await asyncio.sleep(0.1)
        for _ in range(3):
            await his.say(t="typing", conv=conv)
        assert await hers.hear("typing") == {"t": "typing", "conv": conv, "user": client_user.pk}
        await his.say(t="ping")
        await his.hear("pong")
        await asyncio.sleep(0.1)
        assert not [frame for frame in hers.inbox + his.inbox if frame["t"] == "typing"]
