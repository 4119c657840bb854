"""docs/protocol.md, held to its word over real sockets against a real server."""

from contextlib import AsyncExitStack
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async

from bookings import services as bookings
from bookings.models import Booking, State
from chat.models import Conversation, Message
from tests.chat.client import Page
from tests.orders import accepted, settle

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def booking(client_user, listing) -> Booking:
    return accepted(client_user, listing)


@pytest.fixture
def conv(booking) -> int:
    return Conversation.objects.get(booking=booking).pk


@pytest.fixture
def companion(booking):
    return booking.companion


async def state_of(booking: Booking) -> Booking:
    return await Booking.objects.select_related("terms").aget(pk=booking.pk)


async def test_a_message_is_acknowledged_stored_and_delivered(server, client_user, companion, conv):
    async with Page(server, client_user) as hers, Page(server, companion) as theirs:
        await hers.hello(**{f"conv_{conv}": 0})
        await theirs.hello(**{f"conv_{conv}": 0})
        cmid = await hers.send(conv, "又被领导骂了")
        ack = await hers.hear("ack", cmid=cmid)
        heard = await theirs.hear("msg", cmid=cmid)
        assert (heard["body"], heard["seq"], heard["from"]) == ("又被领导骂了", ack["seq"], client_user.pk)
        assert await Message.objects.filter(cmid=cmid, seq=ack["seq"]).acount() == 1


async def test_the_companions_first_message_starts_the_clock_at_its_own_time(
    server, companion, client_user, conv, booking
):
    async with Page(server, client_user) as client, Page(server, companion) as page:
        await client.hello()
        await page.hello()
        await client.send(conv, "在吗")
        await client.hear("ack")
        assert (await state_of(booking)).state == State.ACCEPTED
        cmid = await page.send(conv, "我在")
        ack = await page.hear("ack", cmid=cmid)
        assert (await state_of(booking)).live_since_ms == ack["at"]
        told = await client.hear("booking")
        assert (told["booking"]["state"], told["booking"]["live_since_ms"]) == ("live", ack["at"])


async def test_the_same_cmid_twice_is_stored_once(server, client_user, conv):
    async with Page(server, client_user) as page:
        await page.hello()
        cmid = await page.send(conv, "一次")
        first = await page.hear("ack", cmid=cmid)
        await page.send(conv, "一次", cmid)
        second = await page.hear("ack", cmid=cmid)
    assert (first["dup"], second["dup"], second["seq"]) == (False, True, first["seq"])
    assert await Message.objects.filter(cmid=cmid).acount() == 1


async def test_a_page_resumes_by_number_and_misses_nothing(server, client_user, companion, conv):
    async with Page(server, client_user) as page:
        await page.hello()
        for number in range(5):
            await page.send(conv, f"第 {number} 句")
        acks = [await page.hear("ack") for _ in range(5)]
    async with Page(server, companion) as late:
        await late.hello(**{f"conv_{conv}": acks[1]["seq"]})
        heard = [(await late.hear("msg"))["seq"] for _ in range(3)]
    assert heard == [ack["seq"] for ack in acks[2:]]


async def test_system_lines_are_in_the_same_numbering(server, companion, conv):
    async with Page(server, companion) as page:
        await page.hello(**{f"conv_{conv}": 0})
        await page.send(conv, "我在")
        seen = [await page.hear("msg"), await page.hear("ack"), await page.hear("msg")]
    assert [(frame["seq"], frame.get("kind")) for frame in seen] == [(1, "system"), (2, None), (3, "system")]


async def test_sync_reads_the_log(server, client_user, conv):
    async with Page(server, client_user) as page:
        await page.hello()
        await page.send(conv, "你好")
        await page.hear("ack")
        await page.say(t="sync", conv=conv, after=0, limit=1)
        assert [frame["seq"] for frame in (await page.hear("page"))["messages"]] == [1]


async def test_ping_is_answered(server, client_user):
    async with Page(server, client_user) as page:
        await page.say(t="ping")
        await page.hear("pong")


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ('{"t":"dance"}', "unknown_type"),
        ('{"t":["send"]}', "unknown_type"),
        ('{"t":"hello","v":2}', "bad_version"),
        ('{"t":"send","cmid":"1","conv":1,"body":"x"}', "bad_frame"),
        ('{"t":"sync","conv":true}', "bad_frame"),
        ('{"t":"sync","conv":99999999999999999999}', "bad_frame"),
        ('{"t":"sync","conv":NaN}', "bad_frame"),
    ],
)
async def test_a_frame_that_makes_no_sense_gets_its_code_and_the_socket_stays(server, client_user, frame, code):
    async with Page(server, client_user) as page:
        await page.hello()
        await page.socket.send(frame)
        assert (await page.hear("error"))["code"] == code
        await page.say(t="ping")
        await page.hear("pong")


@pytest.mark.parametrize("body", ["", "   ", "\u200b\u202e\ufeff", "x" * 4001, "a\x00b", "\ud800", 7, None])
async def test_text_that_cannot_be_stored_is_refused(server, client_user, conv, body):
    async with Page(server, client_user) as page:
        await page.hello()
        cmid = await page.send(conv, body)
        assert (await page.hear("error", ref=cmid))["code"] == "bad_text"
    assert not await Message.objects.filter(kind="text").aexists()


async def test_speaking_before_hello_is_refused(server, client_user, conv):
    async with Page(server, client_user) as page:
        await page.send(conv, "早")
        assert (await page.hear("error"))["code"] == "hello_first"


async def test_a_frame_that_is_too_big_closes_the_socket(server, client_user):
    async with Page(server, client_user) as page:
        await page.hello()
        await page.socket.send("x" * 17_000)
        assert await page.closed() == 1009


async def test_a_flood_is_slowed_down_and_the_socket_stays(server, client_user):
    async with Page(server, client_user) as page:
        await page.hello()
        for _ in range(200):
            await page.say(t="ping")
        refused = await page.hear("error")
        assert (refused["code"], 0 < refused["retry_after"] <= 0.2) == ("rate_limited", True)


async def test_in_a_flood_each_refused_message_is_named(server, client_user):
    async with Page(server, client_user) as page:
        await page.hello()
        sent = [await page.send(0, '"cmid":"00000000-0000-4000-8000-000000000000"') for _ in range(60)]
        refused = [await page.hear("error") for _ in sent]
    assert {error["ref"] for error in refused} == set(sent)
    assert {error["code"] for error in refused} == {"not_found", "rate_limited"}


async def test_a_stranger_finds_no_conversation(server, stranger, conv):
    async with Page(server, stranger) as page:
        welcome = await page.hello(**{f"conv_{conv}": 0})
        cmid = await page.send(conv, "让我进来")
        assert welcome["heads"] == []
        assert (await page.hear("error", ref=cmid))["code"] == "not_found"
        await page.say(t="sync", conv=conv, after=0)
        assert (await page.hear("error"))["code"] == "not_found"
    assert not await Message.objects.filter(kind="text").aexists()


async def test_nobody_signed_in_is_shown_out(server):
    async with Page(server, None) as page:
        assert await page.closed() == 4501


async def test_a_socket_from_another_site_is_refused(server, client_user):
    from websockets.exceptions import InvalidStatus

    with pytest.raises(InvalidStatus):
        async with Page(server, client_user, origin="https://elsewhere.example"):
            pass


async def test_the_sixth_page_takes_the_place_of_the_first(server, client_user):
    async with AsyncExitStack() as open_pages:
        first, *others = [await open_pages.enter_async_context(Page(server, client_user)) for _ in range(6)]
        assert await first.closed() == 4509
        for page in others:
            await page.hello()


async def test_after_the_deadline_the_chat_is_closed_even_before_any_sweep(
    server, client_user, companion, conv, booking
):
    async with Page(server, companion) as page:
        await page.hello()
        await page.send(conv, "我在")
        await page.hear("ack")
        await sync_to_async(run_out)(booking)
        cmid = await page.send(conv, "还在吗")
        assert (await page.hear("error", ref=cmid))["code"] == "session_closed"


async def test_an_ended_conversation_can_be_read_but_not_written(server, client_user, companion, conv, booking):
    async with Page(server, companion) as page:
        await page.hello()
        await page.send(conv, "我在")
        await page.hear("ack")
        await sync_to_async(bookings.end)(booking=booking, by=client_user)
        await ended(page)
        cmid = await page.send(conv, "等等")
        assert (await page.hear("error", ref=cmid))["code"] == "session_closed"
        await page.say(t="sync", conv=conv, after=0)
        assert len((await page.hear("page"))["messages"]) == 4


async def test_what_was_sent_before_the_answer_was_lost_is_not_sent_twice_after_the_end(
    server, client_user, companion, conv, booking
):
    cmid = str(uuid4())
    async with Page(server, companion) as page:
        await page.hello()
        await page.send(conv, "我在", cmid)
        await page.hear("ack")
    await sync_to_async(bookings.end)(booking=booking, by=client_user)
    await sync_to_async(settle)(booking)
    async with Page(server, companion) as page:
        await page.hello()
        await page.send(conv, "我在", cmid)
        assert (await page.hear("ack"))["dup"]


async def ended(page: Page) -> dict:
    while (frame := await page.hear("booking"))["booking"]["state"] != "ended":
        pass
    return frame


def run_out(booking: Booking) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE bookings_booking SET live_since_ms = live_since_ms - granted_ms - 1000, due_ms = 0 WHERE id = %s",
            [booking.pk],
        )
