"""Redis is only a hint: what it loses comes all the same, in order, and whoever must go is found without it."""

import asyncio
from collections.abc import AsyncIterator
from unittest.mock import patch
from uuid import uuid4

import pytest
import redis.asyncio as redis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.models import Session

from accounts.models import User
from bookings import services
from bookings.models import Booking, State
from chat.demo.companion import session_of
from chat.live import connection, log
from chat.live import hub as hubs
from chat.live.frames import Send
from chat.live.hub import Hub
from chat.live.wire import parcel
from chat.models import Conversation
from chat.services import fanout
from tests.chat.ear import Ear, join
from tests.orders import accepted, live

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def booking(client_user, listing):
    return live(client_user, listing)


@pytest.fixture
def conversation(booking) -> Conversation:
    return Conversation.objects.get(booking=booking)


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    hub = Hub(await log.open_pool())
    yield hub
    await hub.close()


async def write_unheard(hub: Hub, conversation: Conversation, body: str = "听得到吗") -> int:
    """A message in the log of which nobody is told; its seq."""
    written = await log.write_one(hub.pool, conversation.companion_id, Send(uuid4(), conversation.pk, body))
    return written.seq


def end_unheard(booking: Booking, conversation: Conversation) -> None:
    """The client ends it, and nobody hears of that."""
    with patch.object(fanout, "_publish"):
        services.end(booking=booking, by=conversation.client)


async def frame_of(hub: Hub, conversation: Conversation, seq: int) -> dict:
    return (await log.after(hub.pool, conversation.client_id, conversation.pk, seq - 1, 1))[0]


async def listening(hub: Hub, conversation: Conversation) -> Ear:
    """The client's page, up to date."""
    await conversation.arefresh_from_db()
    [ear] = await join(hub, conversation.client_id, **{f"conv_{conversation.pk}": conversation.last_seq})
    return ear


async def test_a_lost_hint_is_made_up_for_in_the_next_round(monkeypatch, conversation, booking):
    monkeypatch.setattr(hubs, "HEADS_EVERY_S", 0.1)
    hub = Hub(await log.open_pool())
    try:
        ear = await listening(hub, conversation)
        seq = await write_unheard(hub, conversation)
        message, told = await ear.next(), await ear.next()
    finally:
        await hub.close()
    assert (message["t"], message["seq"]) == ("msg", seq)
    assert (told["t"], told["conv"], told["booking"]["id"]) == ("booking", conversation.pk, str(booking.pk))


async def test_what_it_makes_up_for_is_known_to_the_socket_too(conversation, booking, hub):
    """Whether the talk is open, and when its clock stops by itself."""
    ear = await listening(hub, conversation)
    await hub.acquaint(ear.connection)
    assert ear.connection.standings[conversation.pk].gate
    await sync_to_async(end_unheard)(booking, conversation)
    await hub._catch_up(hub.places.all_hearing())
    assert not ear.connection.standings[conversation.pk].gate


async def test_a_step_heard_while_the_standing_is_read_is_not_put_back(conversation, booking, hub, monkeypatch):
    ear = await listening(hub, conversation)
    plain = log.standings

    async def then_it_ends(pool, user_id, convs):
        found = await plain(pool, user_id, convs)
        if not ended:
            ended.append(True)
            await sync_to_async(end_unheard)(booking, conversation)
            [frame] = (await log.booking_frames(pool, convs)).values()
            hub._take(user_id, parcel(frame))
        return found

    ended: list[bool] = []
    monkeypatch.setattr(log, "standings", then_it_ends)
    await hub.acquaint(ear.connection)
    assert not ear.connection.standings[conversation.pk].gate


async def test_what_is_too_much_at_once_the_page_fetches_itself(conversation, hub, monkeypatch):
    monkeypatch.setattr(connection, "FILL_BYTES", 300)
    ear = await listening(hub, conversation)
    for _ in range(3):
        last = await write_unheard(hub, conversation)
    await hub._catch_up(hub.places.all_hearing())
    assert await ear.next() == {"t": "resync", "conv": conversation.pk, "head": last}


async def test_after_redis_was_away_the_heads_are_asked_for_at_once_and_for_all_pages_together(
    monkeypatch, conversation, hub
):
    asked = []
    heads_of_all = log.heads_of_all
    monkeypatch.setattr(log, "heads_of_all", lambda pool, convs: asked.append(convs) or heads_of_all(pool, convs))
    ears = [await listening(hub, conversation) for _ in range(3)]
    seq = await write_unheard(hub, conversation)
    async with redis.Redis.from_url(settings.REDIS_URL) as other:
        await other.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    assert [(await ear.next())["seq"] for ear in ears] == [seq] * 3
    assert asked == [[conversation.pk]]


async def test_a_page_that_is_up_to_date_is_left_alone(conversation, hub):
    ear = await listening(hub, conversation)
    await hub._catch_up(hub.places.all_hearing())
    hub.tell((conversation.client_id,), {"t": "hi"})
    assert await ear.next() == {"t": "hi"}


async def test_a_gap_is_filled_before_what_came_after_it(conversation, hub):
    ear = await listening(hub, conversation)
    first = await write_unheard(hub, conversation)
    second = await frame_of(hub, conversation, await write_unheard(hub, conversation))
    third = await frame_of(hub, conversation, await write_unheard(hub, conversation))
    for frame in (second, {"t": "hint"}, third):
        ear.connection.deliver(hub.pool, parcel(frame))
    heard = [await ear.next() for _ in range(4)]
    assert [frame.get("seq") for frame in heard] == [None, first, first + 1, first + 2]


async def test_what_is_heard_while_the_log_is_read_comes_after_it(conversation, hub):
    ear = Ear(conversation.client_id)
    for _ in range(3):
        last = await write_unheard(hub, conversation)
    new = await frame_of(hub, conversation, await write_unheard(hub, conversation))
    ear.connection.deliver(hub.pool, parcel(new))
    await ear.connection.resume(hub.pool, {conversation.pk: last - 2}, {conversation.pk: last})
    assert [(await ear.next())["seq"] for _ in range(3)] == [last - 1, last, last + 1]
    assert ear.heard.empty()


async def let_in(hub: Hub, user: User) -> Ear:
    session_key = await sync_to_async(session_of)(user)
    ear = Ear(user.pk, session_key=session_key, password=user.password)
    assert hub.places.admit(ear.connection) is None
    return ear


async def close_code(ear: Ear) -> int:
    return (await ear.next())["code"]


async def suspend(user_id: int) -> None:
    """So that no signal tells of it."""
    await User.objects.filter(pk=user_id).aupdate(is_active=False)


async def test_each_round_shows_out_who_was_suspended_signed_out_or_has_another_password(
    monkeypatch, client_user, companion, other_client, stranger
):
    monkeypatch.setattr(hubs, "SHOW_OUT_EVERY_S", 0.1)
    people = (client_user, companion, other_client, stranger)
    hub = Hub(await log.open_pool())
    try:
        suspended, left, careful, stays = [await let_in(hub, user) for user in people]
        await suspend(client_user.pk)
        await Session.objects.filter(session_key=left.connection.session_key).adelete()
        await User.objects.filter(pk=other_client.pk).aupdate(password="another")
        assert [await close_code(ear) for ear in (suspended, left, careful)] == [4503, 4401, 4401]
        await asyncio.sleep(0.3)
        assert stays.heard.empty()
    finally:
        await hub.close()


async def test_the_suspended_write_nothing_read_nothing_and_start_no_clock(client_user, listing, hub):
    booking = await sync_to_async(accepted)(client_user, listing)
    conversation = await Conversation.objects.aget(booking=booking)
    await suspend(booking.companion_id)
    with pytest.raises(log.Refused):
        await write_unheard(hub, conversation)
    assert await log.after(hub.pool, conversation.companion_id, conversation.pk, 0, 9) == []
    assert await log.heads(hub.pool, conversation.companion_id, [conversation.pk]) == {}
    await booking.arefresh_from_db()
    assert booking.state == State.ACCEPTED
