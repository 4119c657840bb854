"""The listener in this process, for what a well-behaved client and a healthy server never show."""

import asyncio
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from accounts.models import User
from bookings.models import Booking
from chat.consumers import chat_socket
from chat.live import listener, log
from chat.live.frames import Send
from chat.live.hub import Hub
from chat.live.log import pool, reading
from chat.live.places import Places
from chat.live.wire import parcel
from chat.models import Conversation, Message
from tests.bookings.absence import age
from tests.bookings.broken import has_its_last_stretch
from tests.chat.door import Socket, socket_of
from tests.chat.saying import said_much
from tests.orders import live

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def conversation(client_user, listing) -> Conversation:
    return Conversation.objects.get(booking=live(client_user, listing))


def nobody_is_here(hub: Hub) -> bool:
    return not hub.places.all() and not hub.places.all_hearing()


async def test_a_socket_that_is_lost_leaves_its_place(hub, client_user):
    for _ in range(2):
        sockets = [await socket_of(client_user) for _ in range(5)]
        for socket in sockets:
            assert (await socket.hello())["t"] == "welcome"
            socket.leave()
        assert nobody_is_here(hub)


async def test_so_does_one_that_is_lost_while_its_hello_is_answered(hub, client_user):
    socket = await socket_of(client_user)
    socket.say(t="hello", v=1, resume=[])
    await asyncio.sleep(0)
    socket.leave()
    await socket.listener._answering
    assert nobody_is_here(hub)


async def test_so_does_one_that_was_lost_before_it_was_taken(hub, client_user):
    class LostSocket(Socket):
        def take(self, listener):
            super().take(listener)
            listener.lost()

    socket = LostSocket()
    await socket.connect(client_user, "")
    assert nobody_is_here(hub)


async def test_what_is_said_while_an_answer_is_waited_for_has_its_turn_after_it(hub, client_user, conversation):
    socket = await socket_of(client_user)
    await socket.hello()
    await until_it_reads(socket)
    socket.say(t="sync", conv=conversation.pk, after=0)
    socket.say(t="ping")
    assert not socket.reads
    assert [(await socket.next())["t"] for _ in range(2)] == ["page", "pong"]
    await until_it_reads(socket)
    socket.leave()


async def until_it_reads(socket: Socket) -> None:
    async with asyncio.timeout(3):
        while not socket.reads:
            await asyncio.sleep(0.01)


async def test_who_goes_on_after_being_refused_is_closed(hub, client_user):
    socket = await socket_of(client_user)
    await socket.hello()
    for _ in range(settings.CHAT_BURST + listener.MOST_REFUSED + 2):
        socket.say(t="ping")
    answers = []
    while (answer := await socket.next())["t"] != "closed":
        answers.append(answer.get("code", answer["t"]))
    assert answer["code"] == 4029
    assert answers[-listener.MOST_REFUSED :] == ["rate_limited"] * listener.MOST_REFUSED
    assert nobody_is_here(hub)


async def test_who_was_closed_for_his_rate_wins_nothing_by_coming_back(hub, client_user, stranger):
    for user, left in ((client_user, 0), (stranger, settings.CHAT_BURST - 1)):
        hub.places.note_flood(client_user.pk)
        socket = await socket_of(user)
        assert (await socket.hello())["t"] == "welcome"
        assert int(socket.listener.page.bucket.tokens) == left
        socket.leave()


def test_nobody_has_flooded_a_machine_that_has_just_started(monkeypatch):
    places = Places()
    monkeypatch.setattr("chat.live.places.time.monotonic", lambda: 1.0)
    assert not places.has_flooded(1)
    places.note_flood(1)
    assert places.has_flooded(1)


async def test_who_says_hello_knows_what_was_read_in_this_very_second(hub, conversation, client_user, monkeypatch):
    monkeypatch.setattr("chat.live.receipts.WRITE_EVERY_S", 60)
    last = await sync_to_async(said_much)(conversation, client_user, 1)
    hers = await socket_of(await User.objects.aget(pk=conversation.companion_id))
    await hers.hello(**{f"conv_{conversation.pk}": last})
    hub.receipts.note(conversation.companion_id, conversation.pk, last, read=True)
    his = await socket_of(client_user)
    [head] = (await his.hello(**{f"conv_{conversation.pk}": last}))["heads"]
    assert (head["peer_recv"], head["peer_read"]) == (last, last)
    hers.leave()
    his.leave()


async def test_an_answer_holds_only_so_much_and_one_message_at_least(hub, client_user, conversation, monkeypatch):
    monkeypatch.setattr(listener, "FILL_BYTES", 500)
    last = await sync_to_async(said_much)(conversation, client_user, 4)
    socket = await socket_of(client_user)
    await socket.hello()
    after, answers = 0, 0
    while after < last:
        socket.say(t="sync", conv=conversation.pk, after=after)
        page = await socket.next()
        assert [frame["seq"] for frame in page["messages"]] == [*range(after + 1, page["messages"][-1]["seq"] + 1)]
        after, answers = page["messages"][-1]["seq"], answers + 1
    assert 1 < answers <= last
    socket.leave()


async def test_a_server_whose_sockets_cannot_be_taken_is_told_of(client_user):
    with pytest.raises(ImproperlyConfigured, match="--ws=chat.live.server:TakenSocket"):
        await chat_socket({"type": "websocket", "user": client_user}, None, None)


async def test_a_frame_that_cannot_be_answered_closes_the_socket(hub, client_user, conversation, monkeypatch):
    monkeypatch.setattr(reading, "AFTER", "SELECT no_such_function($1, $2, $3, $4)")
    socket = await socket_of(client_user)
    await socket.hello()
    socket.say(t="sync", conv=conversation.pk, after=0)
    assert await socket.close_code() == 1011
    assert nobody_is_here(hub)


@pytest.fixture
def impatient(monkeypatch) -> None:
    """A database that does not answer in this time counts as away; asked for before `hub`."""
    monkeypatch.setattr(pool, "COMMAND_TIMEOUT_S", 0.3)


async def test_a_message_the_database_did_not_answer_in_time_may_be_sent_again(
    impatient, hub, client_user, conversation
):
    send = {"t": "send", "cmid": str(uuid4()), "conv": conversation.pk, "body": "在吗"}
    socket = await socket_of(client_user)
    await socket.hello()
    async with hub.pool.acquire() as other, other.transaction():
        await other.execute("SELECT FROM chat_conversation WHERE id = $1 FOR UPDATE", conversation.pk)
        socket.say(**send)
        refused = await socket.next()
    assert (refused["code"], refused["ref"], refused["retry_after"] > 0) == ("try_again", send["cmid"], True)
    socket.say(**send)
    assert (await socket.next())["t"] == "ack"
    assert await Message.objects.filter(cmid=send["cmid"]).acount() == 1
    socket.leave()


async def test_an_order_that_breaks_a_rule_ends_no_other_talk(hub, client_user, conversation):
    """Its time is over, and the stretch that would have to be written is there."""
    await sync_to_async(break_it)(conversation)
    send = {"t": "send", "cmid": str(uuid4()), "conv": conversation.pk, "body": "在吗"}
    socket = await socket_of(client_user)
    await socket.hello()
    socket.say(**send)
    assert (await socket.next())["code"] == "try_again"
    assert not await Message.objects.filter(cmid=send["cmid"]).aexists()
    socket.leave()


def break_it(conversation: Conversation) -> None:
    booking = Booking.objects.get(client=conversation.client, companion=conversation.companion)
    age(booking, booking.granted_ms)
    has_its_last_stretch(booking)


async def test_who_says_no_hello_is_closed_and_leaves_its_place(hub, client_user, monkeypatch):
    monkeypatch.setattr(listener, "HELLO_WITHIN_S", 0.1)
    silent, polite = await socket_of(client_user), await socket_of(client_user)
    await polite.hello()
    assert await silent.close_code() == 4408
    assert len(hub.places.all()) == 1
    polite.say(t="ping")
    assert await polite.next() == {"t": "pong"}
    polite.leave()


async def test_welcome_is_first_and_the_log_is_in_order_whatever_is_said_meanwhile(
    hub, client_user, conversation, monkeypatch
):
    """Another message is written and heard between the question for the heads and the answer."""
    plain = log.heads

    async def heads_then_a_message(connections, user_id, convs):
        heads = await plain(connections, user_id, convs)
        written = await log.write_one(connections, conversation.companion_id, Send(uuid4(), conversation.pk, "我在"))
        [frame] = await log.after(connections, user_id, conversation.pk, written.seq - 1, 1)
        hub._take(user_id, parcel({"t": "hint"}))
        hub._take(user_id, parcel(frame))
        return heads

    monkeypatch.setattr(log, "heads", heads_then_a_message)
    socket = await socket_of(client_user)
    welcome = await socket.hello(**{f"conv_{conversation.pk}": 0})
    last = welcome["heads"][0]["head"] + 1
    heard = [await socket.next() for _ in range(last + 1)]
    assert [frame["seq"] for frame in heard if frame["t"] == "msg"] == [*range(1, last + 1)]
    socket.leave()
