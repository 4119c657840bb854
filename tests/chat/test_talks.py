"""All talks of a person on one page, and what is new in them."""

import asyncio
import json
import re

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db.models import F
from django.utils.html import escape

from bookings import services as bookings
from bookings.models import Booking
from chat.models import Conversation, Message
from chat.pages.story import story_words
from chat.services import pictures, talks
from chat.services.conversations import TOLD_IN_CHAT
from tests.cast import a_listing, a_moderator, a_user
from tests.chat.client import Page
from tests.chat.saying import said
from tests.orders import accepted, live
from tests.papers import a_photo

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/chat/"


@pytest.fixture
def booking(client_user, listing) -> Booking:
    return live(client_user, listing)


@pytest.fixture
def talk(booking) -> Conversation:
    return Conversation.objects.select_related("client", "companion").get(booking=booking)


def page(client, user, address: str = LIST) -> str:
    client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def names(html: str) -> list[str]:
    return re.findall(r'class="cover"[^>]*>([^<]+)</a>', html)


def seen(talk: Conversation, **cursors: int) -> None:
    Conversation.objects.filter(pk=talk.pk).update(**cursors)


class TestTheList:
    def test_the_newest_is_first_and_each_leads_to_its_talk(self, client, booking, talk, listing):
        other = Conversation.objects.get(booking=live(a_user("bai"), listing_beside(listing)))
        said(talk, talk.client, "在吗")
        html = page(client, talk.client)
        assert f'href="/chat/{booking.pk}/"' in html and str(other.booking_id) not in html
        assert "在吗" in html

    def test_what_was_said_last_goes_up(self, client, client_user):
        mine = [conversation(client_user, name) for name in ("an", "bo", "cui")]
        for talk in mine:
            said(talk, talk.companion, "嗯")
        assert names(page(client, client_user)) == ["cui", "bo", "an"]
        said(mine[0], client_user, "还在吗")
        assert names(page(client, client_user)) == ["an", "cui", "bo"]

    def test_a_page_at_a_time(self, client, client_user, monkeypatch):
        monkeypatch.setattr("chat.pages.talks.PAGE", 2)
        for name in ("an", "bo", "cui"):
            said(conversation(client_user, name), client_user, "嗯")
        first = page(client, client_user)
        assert names(first) == ["cui", "bo"]
        [older] = re.findall(r'href="(\?after=[^"]+)"', first)
        second = page(client, client_user, LIST + older)
        assert names(second) == ["an"] and 'rel="next"' not in second

    @pytest.mark.parametrize("cursor", ["x", "1", "1-2-3", "-1-2", "9" * 30 + "-1", "１-２"])
    def test_what_is_no_cursor_is_the_beginning(self, client, talk, cursor):
        assert names(page(client, talk.client, f"{LIST}?after={cursor}")) == ["shanshan"]

    def test_each_sees_the_other_one(self, client, talk):
        assert names(page(client, talk.companion)) == ["lin"]

    def test_nobody_sees_another_ones_talk(self, client, talk, stranger):
        said(talk, talk.client, "只说给你听")
        for user in (stranger, a_moderator("mo")):
            assert "只说给你听" not in page(client, user)

    def test_without_a_talk_it_says_what_will_be_here(self, client, stranger):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
        assert "还没有聊天" in page(client, stranger)

    def test_signed_out_one_is_asked_who_one_is(self, client):
        assert client.get(LIST)["Location"].startswith("/accounts/login/")

    @pytest.mark.parametrize("rows", [1, 3])
    def test_it_asks_the_same_number_of_questions(self, client, client_user, rows, django_assert_num_queries):
        for name in ("an", "bo", "cui")[:rows]:
            said(conversation(client_user, name), client_user, "嗯")
        client.force_login(client_user)
        with django_assert_num_queries(9):
            client.get(LIST)

    def test_open_ones_say_so_until_they_are_over(self, client, booking, talk):
        assert "badge live" in page(client, talk.client)
        bookings.end(booking=booking, by=booking.client)
        assert "badge live" not in page(client, talk.client)


class TestTheLastLine:
    def test_ones_own_words_are_said_to_be(self, client, talk):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        said(talk, talk.client, "<b>hello</b>\n there")
        assert "You: <bdi>&lt;b&gt;hello&lt;/b&gt; there</bdi>" in " ".join(page(client, talk.client).split())
        assert "You: &lt;b&gt;" not in " ".join(page(client, talk.companion).split())

    def test_a_picture(self, client, talk):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
        picture = pictures.keep_picture(by=talk.companion, conversation=talk, upload=a_photo())
        said(talk, talk.companion, None, kind="image", attachment=picture)
        assert "[图片]" in page(client, talk.client)

    @pytest.mark.parametrize(("side", "words"), [("client", "你暂停了"), ("companion", "对方暂停了")])
    def test_what_the_booking_did_in_the_words_of_the_talk(self, client, booking, talk, side, words):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
        bookings.pause(booking=booking, by=booking.client)
        reader = getattr(talk, side)
        html = page(client, reader)
        [told] = re.findall(r'data-sys_paused_client="([^"]+)"', page(client, reader, f"/chat/{booking.pk}/"))
        assert told in html

    def test_a_clock_that_stood_goes_on_and_one_that_never_ran_starts(self, client, booking, talk):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        assert "The clock starts" in page(client, talk.client)
        bookings.pause(booking=booking, by=booking.client)
        bookings.resume(booking=booking, by=booking.client)
        assert "The clock runs again" in page(client, talk.client)

    def test_a_name_is_a_name_whatever_stands_in_it(self, client, booking, talk):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        talk.companion.companion.display_name = "{0} 9%(x)s"
        talk.companion.companion.save()
        line = json.dumps({"event": "late", "reason": "companion", "minutes": 5})
        said(talk, None, None, kind="system", body=line)
        assert escape("{0} 9%(x)s will be about 5 min late") in page(client, talk.client)

    def test_what_no_key_opens_says_so(self, client, talk, settings):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        said(talk, talk.companion, "weg")
        settings.MESSAGE_KEYS = ["eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg="]
        assert "This message cannot be shown." in page(client, talk.client)


class TestWhatIsNew:
    def test_counts_what_the_other_one_wrote_since(self, talk):
        mark = said(talk, talk.companion, "一")
        seen(talk, client_recv=mark, client_read=mark)
        for words in ("二", "三"):
            said(talk, talk.companion, words)
        said(talk, talk.client, "我也说一句")
        [row] = talks.talks_of(talk.client, most=9)
        assert row.unread == 2
        [hers] = talks.talks_of(talk.companion, most=9)
        assert hers.unread == 1

    def test_neither_ones_own_words_nor_what_the_booking_did(self, booking, talk):
        mark = Conversation.objects.get(pk=talk.pk).last_seq
        seen(talk, client_recv=mark, client_read=mark)
        said(talk, talk.client, "嗯")
        bookings.pause(booking=booking, by=booking.client)
        assert talks.meanwhile(talk.client).unread == 0
        assert talks.meanwhile(talk.companion).unread == 1

    def test_a_very_long_absence_is_not_counted_to_its_end(self, client, talk, monkeypatch):
        monkeypatch.setattr("chat.services.talks.MOST_UNREAD", 3)
        for number in range(5):
            said(talk, talk.companion, f"{number}")
        # In the list and in the navigation.
        assert page(client, talk.client).count('<span class="num">2+</span>') == 2

    def test_the_navigation_counts_the_same_over_all_talks(self, client, client_user):
        for name in ("an", "bo"):
            talk = conversation(client_user, name)
            said(talk, talk.companion, "在吗")
            said(talk, talk.companion, "还在吗")
        assert re.search(r'<span class="num">4</span>', page(client, client_user, "/me/"))
        html = page(client, client_user)
        assert 'data-unread="4"' in html
        assert re.findall(r'<span class="num">(\d)</span>', html) == ["4", "2", "2"]

    def test_nobody_is_asked_about_who_is_signed_out(self, client, django_assert_num_queries, monkeypatch):
        asked = []
        monkeypatch.setattr(talks, "meanwhile", lambda user: asked.append(user) or talks.Meanwhile())
        client.get("/terms/")
        assert asked == []

    async def test_the_socket_moves_what_is_seen(self, server, talk):
        await sync_to_async(said)(talk, talk.companion, "看到了吗")
        head = (await Conversation.objects.aget(pk=talk.pk)).last_seq
        assert (await sync_to_async(talks.meanwhile)(talk.client)).unread == 1
        async with Page(server, talk.client) as his:
            await his.hello(**{f"conv_{talk.pk}": head})
            await his.say(t="read", conv=talk.pk, seq=head)
            await self.until_read(talk, head)
        assert (await sync_to_async(talks.meanwhile)(talk.client)).unread == 0

    async def until_read(self, talk: Conversation, head: int) -> None:
        async with asyncio.timeout(10):
            while (await Conversation.objects.aget(pk=talk.pk)).client_read < head:
                await asyncio.sleep(0.1)


def test_all_that_is_told_in_a_talk_has_words():
    places = {"name": "shan", "seconds": 60, "away_min": 3}
    for is_client in (True, False):
        both = [story_words(is_client=is_client, online=online, places=places) for online in (True, False)]
        words = {name for some in both for name in some}
        assert {event for event in TOLD_IN_CHAT if not any(name.startswith(event) for name in words)} == set()


def conversation(client_user, name: str) -> Conversation:
    """A talk with a companion of that name; the ones before are over."""
    for open_one in Booking.objects.filter(client=client_user, state="accepted"):
        bookings.cancel(booking=open_one, by=client_user)
    booking = accepted(client_user, a_listing(name))
    return Conversation.objects.select_related("client", "companion").get(booking=booking)


def listing_beside(listing):
    return a_listing(f"{listing.companion.display_name}2")


def test_the_words_of_a_message_are_not_in_the_version(client, talk):
    said(talk, talk.client, "geheim")
    html = page(client, talk.client)
    assert Message.objects.filter(conversation=talk, seq=F("conversation__last_seq")).exists()
    assert "geheim" not in re.findall(r'data-version="([^"]*)"', html)[0]
