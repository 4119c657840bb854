"""One person alone can live through the main job: a demonstration companion accepts and answers like anybody."""

import random
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async

from accounts.models import User
from bookings import services
from bookings.models import Booking, State
from chat.demo import lines
from chat.demo.companion import agree, meet
from chat.models import Conversation
from chat.services import pictures
from listings.models import Companion
from tests.cast import a_listing
from tests.chat.client import Page
from tests.moves import proposed
from tests.orders import requested
from tests.papers import a_photo
from tests.server import running_manage
from tests.visits import a_place, agreed, near
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def demo_listing(db):
    listing = a_listing("zhouzhou")
    Companion.objects.update(is_demo=True)
    return listing


async def test_a_demonstration_companion_accepts_and_answers(server, client_user, demo_listing):
    booking = await sync_to_async(requested)(client_user, demo_listing)
    with running_manage("demo_companion", SITE_URL=server):
        await sync_to_async(until)(lambda: accepted(booking), seconds=30, what="the acceptance")
        conv = (await Conversation.objects.aget(booking=booking)).pk
        async with Page(server, client_user) as page:
            await page.hello(**{f"conv_{conv}": 0})
            first = await page.hear("msg", seconds=15, kind="text")
            await page.send(conv, "又被领导骂了")
            answer = await page.hear("msg", seconds=15, kind="text", **{"from": demo_listing.companion.user_id})
            about_it = await about_a_picture(page, conv, demo_listing.companion.user_id)
    assert first["body"] in lines.HELLO
    assert about_it["body"] in lines.PICTURE
    assert answer["body"] in next(said for words, said in lines.BY_TOPIC if "领导" in words)


@pytest.mark.parametrize(
    ("text", "before", "english"),
    [
        ("I’m so tired… 😞", False, True),
        ("Ça va, naïve?", False, True),
        ("又加班了 OMG", True, False),
        ("？！ 123 😞", True, True),
        ("？！ 123 😞", False, False),
        (None, True, True),
        (None, False, False),
    ],
)
def test_it_answers_in_the_language_of_the_one_who_writes(text, before, english):
    choose = random.Random(1)
    assert lines.is_english(text, before) == english
    said = [lines.answer(text, (), choose, english=english) for _ in range(9)]
    said += [lines.hello(choose, english=english) for _ in range(9)]
    assert {bool(lines.CHINESE.search(line)) for line in said} == {not english}


async def test_its_first_words_are_in_his_language(server, client_user, demo_listing):
    await sync_to_async(speaks_english)(client_user)
    booking = await sync_to_async(requested)(client_user, demo_listing)
    with running_manage("demo_companion", SITE_URL=server):
        await sync_to_async(until)(lambda: accepted(booking), seconds=30, what="the acceptance")
        conv = (await Conversation.objects.aget(booking=booking)).pk
        async with Page(server, client_user) as page:
            await page.hello(**{f"conv_{conv}": 0})
            first = await page.hear("msg", seconds=15, kind="text")
            about_it = await about_a_picture(page, conv, demo_listing.companion.user_id)
    assert first["body"] in lines.HELLO_EN
    assert about_it["body"] in lines.PICTURE_EN


async def about_a_picture(page: Page, conv: int, her: int) -> dict[str, Any]:
    picture = await sync_to_async(a_picture)(conv)
    await page.say(t="send", cmid=str(uuid4()), conv=conv, kind="image", attachment=picture)
    return await page.hear("msg", seconds=15, kind="text", **{"from": her})


def speaks_english(user: User) -> None:
    User.objects.filter(pk=user.pk).update(language="en")


def test_in_person_it_comes_once_the_client_is_there_and_starts_the_clock(client_user):
    booking = near(client_user, a_place("shen"))
    meet(booking.companion)
    booking.refresh_from_db()
    assert booking.state == State.ACCEPTED
    services.arrive(booking=booking, by=client_user)
    meet(booking.companion)
    booking.refresh_from_db()
    assert (booking.state, booking.came_ms is not None) == (State.LIVE, True)


def test_it_agrees_to_another_time(client_user):
    booking = agreed(client_user, a_place("shen"))
    move = proposed(booking, client_user)
    agree(booking.companion)
    booking.refresh_from_db()
    assert booking.starts_ms == move.to_ms


def a_picture(conv: int) -> str:
    talk = Conversation.objects.select_related("client").get(pk=conv)
    return str(pictures.keep_picture(by=talk.client, conversation=talk, upload=a_photo()).pk)


def accepted(booking: Booking) -> bool:
    booking.refresh_from_db()
    return booking.state in (State.ACCEPTED, State.LIVE)
