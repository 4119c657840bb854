"""Presence over real sockets and a real Redis: what web processes write down, and what they do without any worker."""

import asyncio
import signal
from collections.abc import Iterator

import pytest
from asgiref.sync import sync_to_async

from bookings import services as bookings
from bookings.models import Booking, Segment, State
from chat.models import Conversation
from common import presence
from common.clock import database_now_ms
from devstack import ports
from tests.chat.client import Page
from tests.orders import MINUTE, accepted, ask, live, rewrite, starts_move_freely
from tests.plain_http import answers
from tests.presence import complete_since, look_again, seen, seen_late
from tests.server import web
from tests.waiting import until

SECOND = 1000
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module", autouse=True)
def redis_has_been_up_for_a_while() -> None:
    """Of what was before Redis nothing is known, and these stories pretend that somebody left up to 40 s ago."""
    until(lambda: presence.client().info("server")["uptime_in_seconds"] > 50, seconds=60, what="Redis to be older")


@pytest.fixture
def booking(client_user, listing) -> Booking:
    """Live for five minutes; what it has been told so far is told."""
    booking = live(client_user, listing)
    bookings.announce(only=booking.pk)
    rewrite("live_since_ms = live_since_ms - 300000, due_ms = due_ms - 300000")
    booking.refresh_from_db()
    return booking


@pytest.fixture
def conv(booking) -> int:
    return Conversation.objects.get().pk


def now() -> int:
    return database_now_ms()


def score_of(user) -> int:
    return int(presence.client().zscore(presence.KEY, user.pk) or 0)


def pretend_she_left_earlier(user, ms: int) -> int:
    """The moment she was written down as gone, that much further back."""
    at_ms = score_of(user) - ms
    seen_late(user, at_ms)
    complete_since(at_ms - MINUTE)
    return at_ms


def tick() -> None:
    look_again()
    bookings.tick()


def standing() -> tuple:
    booking = Booking.objects.get()
    return booking.state, booking.pause_reason


async def when(look) -> None:
    await sync_to_async(until)(look)


async def test_whoever_connects_and_goes_is_written_down_at_that_moment(server, client_user):
    before = await sync_to_async(now)()
    async with Page(server, client_user) as page:
        await page.hello()
        came = await sync_to_async(score_of)(client_user)
    left = await sync_to_async(now)()
    await when(lambda: score_of(client_user) > came)
    assert before - 50 <= came <= left
    assert abs(await sync_to_async(score_of)(client_user) - left) < SECOND


async def test_a_companion_who_closes_her_phone_stopped_the_clock_then_and_starts_it_when_she_is_back(
    server, client_user, companion, booking, conv
):
    async with Page(server, client_user) as his:
        await his.hello(**{f"conv_{conv}": 0})
        async with Page(server, companion) as hers:
            await hers.hello(**{f"conv_{conv}": 0})
            came = await sync_to_async(score_of)(companion)
            assert (await his.hear("presence", here=True))["user"] == companion.pk
        await when(lambda: score_of(companion) > came)
        assert (await his.hear("presence", here=False))["conv"] == conv
        went = await sync_to_async(pretend_she_left_earlier)(companion, 31 * SECOND)
        await sync_to_async(tick)()
        told = await stood(his, "companion_away")
        segment = await Segment.objects.aget()
        assert (segment.end_ms, segment.stop_reason) == (went, "companion_away")
        assert told["booking"]["closed_ms"] == went - booking.live_since_ms
        async with Page(server, companion) as hers:
            await hers.hello(**{f"conv_{conv}": 0})
            assert await sync_to_async(standing)() == (State.LIVE, None)
            await his.hear("presence", here=True)


async def stood(page: Page, reason: str) -> dict:
    while (frame := await page.hear("booking"))["booking"]["pause_reason"] != reason:
        pass
    return frame


async def test_the_moment_itself_in_real_seconds(server, client_user, companion, booking, conv):
    """Nothing is pretended: she closes her phone, 30 seconds pass, the clock stopped when she did."""
    async with Page(server, client_user) as his, Page(server, companion) as hers:
        await his.hello(**{f"conv_{conv}": 0})
        await hers.hello()
        await hers.socket.close()
        went = await sync_to_async(now)()
        await asyncio.sleep(20)
        await sync_to_async(tick)()
        assert await sync_to_async(standing)() == (State.LIVE, None)
        await asyncio.sleep(10.5)
        await sync_to_async(bookings.tick)()
        await stood(his, "companion_away")
    assert abs((await Segment.objects.aget()).end_ms - went) < SECOND


async def test_an_absence_nobody_noticed_is_noted_when_she_comes_back(server, client_user, companion, booking, conv):
    """No worker has lived all the time."""
    async with Page(server, client_user) as his:
        await his.hello(**{f"conv_{conv}": 0})
        async with Page(server, companion) as hers:
            await hers.hello()
            came = await sync_to_async(score_of)(companion)
        await when(lambda: score_of(companion) > came)
        went = await sync_to_async(pretend_she_left_earlier)(companion, 40 * SECOND)
        async with Page(server, companion) as hers:
            await hers.hello(**{f"conv_{conv}": 0})
            await hers.hear("msg", kind="system", body='{"event": "paused", "reason": "companion_away"}')
            await his.hear("msg", kind="system", body='{"event": "live", "reason": null}')
    assert (await Segment.objects.aget()).end_ms == went
    assert await sync_to_async(standing)() == (State.LIVE, None)


async def test_a_page_elsewhere_keeps_her_here(server, client_user, companion, booking, conv):
    """Her other page is on another process; the one that goes is not the last."""
    with web() as elsewhere:
        async with Page(elsewhere, companion) as still, Page(server, client_user) as his:
            await still.hello()
            await his.hello(**{f"conv_{conv}": 0})
            async with Page(server, companion) as short:
                await short.hello()
            await asyncio.sleep(4)
            written = await sync_to_async(score_of)(companion)
            his.inbox.clear()
            assert written > await sync_to_async(now)() - 6 * SECOND
            await sync_to_async(tick)()
            assert await sync_to_async(standing)() == (State.LIVE, None)


# A web process that ends


@pytest.fixture
def own_server(transactional_db) -> Iterator[tuple]:
    import subprocess
    import sys

    from devstack.places import CHECKOUT
    from tests.server import environment

    port = ports.free_port()
    url = f"http://127.0.0.1:{port}"
    argv = ["-m", "uvicorn", "marketplace.asgi:application", "--port", str(port), "--log-level", "warning"]
    variables = environment(SITE_URL=url, UVICORN_WS="chat.live.server:TakenSocket")
    process = subprocess.Popen([sys.executable, *argv], cwd=CHECKOUT, env=variables)
    try:
        until(lambda: answers(f"{url}/healthz"), seconds=60, what="the web process")
        yield url, process
    finally:
        process.kill()
        process.wait()


async def test_a_process_that_ends_says_that_everybody_has_left(own_server, client_user):
    url, process = own_server
    async with Page(url, client_user) as page:
        await page.hello()
        came = await sync_to_async(score_of)(client_user)
        await asyncio.sleep(1)
        process.terminate()
        assert await page.closed() == 1012
        await sync_to_async(process.wait)()
    assert await sync_to_async(score_of)(client_user) >= came + SECOND


async def test_a_process_that_is_killed_stops_the_clock_at_its_last_heartbeat(
    own_server, client_user, companion, booking, conv
):
    url, process = own_server
    async with Page(url, companion) as hers:
        await hers.hello()
        heartbeat = await sync_to_async(score_of)(companion)
        process.send_signal(signal.SIGKILL)
        await sync_to_async(process.wait)()
    assert await sync_to_async(score_of)(companion) == heartbeat
    went = await sync_to_async(pretend_she_left_earlier)(companion, 40 * SECOND)
    await sync_to_async(seen)(client_user, await sync_to_async(now)())
    await sync_to_async(tick)()
    assert (await Segment.objects.aget()).end_ms == went


# The first layer of the deadline: no worker, no beat


async def test_the_clock_stops_in_the_promised_second_without_a_worker(server, client_user, companion, booking, conv):
    async with Page(server, client_user) as his, Page(server, companion) as hers:
        await his.hello(**{f"conv_{conv}": 0})
        await hers.hello()
        await sync_to_async(ask)("NULL")
        cmid = await his.send(conv, "在吗")
        heard = await his.hear("ack", cmid=cmid)
        asked = heard["at"]
        assert (await hers.hear("msg", cmid=cmid))["stop_ms"] == heard["stop_ms"] == asked + MINUTE
        assert heard["booking"] == str(booking.pk)


async def test_the_deadline_closes_the_chat_without_a_worker(server, client_user, companion, booking, conv):
    await sync_to_async(let_all_but_two_seconds_pass)()
    async with Page(server, client_user) as his:
        await his.hello(**{f"conv_{conv}": 0})
        deadline = (await Booking.objects.aget()).deadline_ms
        while (frame := await his.hear("booking"))["booking"]["state"] != "exhausted":
            pass
        assert frame["booking"]["ended_ms"] == deadline
        assert await sync_to_async(now)() - deadline < SECOND


async def test_an_unanswered_question_stops_the_clock_without_a_worker(server, client_user, companion, booking, conv):
    await sync_to_async(ask)("now_ms - 58000")
    await sync_to_async(rewrite)("due_ms = now_ms + 2000")
    async with Page(server, companion) as hers:
        await hers.hello(**{f"conv_{conv}": 0})
        told = await stood(hers, "reply_overdue")
    asked = (await Segment.objects.aget()).end_ms
    assert told["booking"]["server_now_ms"] - asked < SECOND


async def test_control_with_no_page_open_nothing_stops_it_but_a_worker(server, booking):
    await sync_to_async(let_all_but_two_seconds_pass)()
    await asyncio.sleep(2.5)
    assert await sync_to_async(standing)() == (State.LIVE, None)


def let_all_but_two_seconds_pass() -> None:
    rewrite("live_since_ms = now_ms - granted_ms + 2000, due_ms = now_ms + 1900")


# First words to an appointment


@pytest.fixture
def appointment(client_user, listing) -> Booking:
    booking = accepted(client_user, listing)
    with starts_move_freely():
        rewrite(f"now = false, starts_ms = now_ms - 1000, due_ms = now_ms + {15 * MINUTE}")
    return booking


async def first_words(server: str, companion, conv: int, *, resumed: bool = True) -> dict:
    async with Page(server, companion) as hers:
        await hers.hello(**({f"conv_{conv}": 0} if resumed else {}))
        cmid = await hers.send(conv, "我在")
        return await hers.hear("ack", cmid=cmid)


@pytest.mark.parametrize("resumed", [True, False])
async def test_first_words_to_a_client_who_is_not_here_start_no_clock(
    server, client_user, companion, appointment, resumed
):
    conv = await Conversation.objects.aget()
    await sync_to_async(seen)(client_user, await sync_to_async(now)())
    await sync_to_async(pretend_she_left_earlier)(client_user, 40 * SECOND)
    said = await first_words(server, companion, conv.pk, resumed=resumed)
    booking = await Booking.objects.aget()
    assert (booking.state, booking.came_ms) == (State.ACCEPTED, said["at"])


async def test_first_words_to_a_client_of_whom_nothing_is_known_start_it(server, companion, appointment):
    conv = await Conversation.objects.aget()
    await first_words(server, companion, conv.pk)
    assert (await Booking.objects.aget()).state == State.LIVE
