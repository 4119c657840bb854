"""The clocks of their phones are a day off, his and hers in opposite ways: the page shows the server's time."""

import re

import pytest
from django.utils.timezone import localtime
from playwright.sync_api import Page, expect

from bookings.models import Booking
from chat.models import Conversation, Message
from common.clock import database_now_ms, moment
from tests.browser.steps import DAYS_OFF, hears, say
from tests.chat.saying import said

DAY_MS = 24 * 60 * 60_000
CLOSE_S = 3
TOLD_EVERY_MS = 3000


@pytest.fixture
def talk(booking) -> Conversation:
    """Something was said in it a day ago."""
    talk = Conversation.objects.select_related("client", "companion").get(booking=booking)
    Message.objects.filter(conversation=talk).update(at_ms=database_now_ms() - DAY_MS)
    said(talk, talk.companion, "昨天说的", at_ms=database_now_ms() - DAY_MS)
    return talk


@pytest.fixture(params=[1, -1])
def his(phone, booking, talk, request) -> Page:
    return in_the_room(phone(booking.client), booking, request.param)


@pytest.fixture
def hers(phone, booking, talk, his) -> Page:
    days = his.evaluate("Math.sign(window.offMs)")
    return in_the_room(phone(booking.companion), booking, -days)


def in_the_room(page: Page, booking: Booking, days: int) -> Page:
    page.add_init_script(DAYS_OFF % days)
    page.goto(f"/chat/{booking.pk}/")
    expect(page.get_by_role("textbox", name="消息")).to_be_visible()
    return page


def days_on(page: Page) -> list[str]:
    return page.locator(".sys.day").all_inner_texts()


def left_s(page: Page) -> int:
    minutes, seconds = page.locator("[data-meter=big]").inner_text().split(":")
    return 60 * int(minutes) + int(seconds)


def shown(at_ms: int) -> str:
    return f"{localtime(moment(at_ms)):%H:%M}"


def test_they_talk_and_see_when_and_for_how_long(his, hers, booking, talk):
    say(his, "在吗")
    hears(hers, "在吗")
    say(hers, "我在")
    hears(his, "我在")
    began_ms, *_, said_ms = Message.objects.order_by("seq").values_list("at_ms", flat=True)
    yesterday = localtime(moment(began_ms))
    for page in (his, hers):
        expected = [f"{yesterday.month}月{yesterday.day}日 {shown(began_ms)}", f"今天 {shown(said_ms)}"]
        assert [re.sub(r"\s+", " ", day) for day in days_on(page)] == expected
        booking.refresh_from_db()
        left_ms = booking.live_since_ms + booking.granted_ms - booking.closed_ms - database_now_ms()
        assert abs(left_s(page) - left_ms / 1000) < CLOSE_S


def test_what_was_written_without_a_network_comes_once_and_a_draft_stays(his, hers, talk):
    his.context.set_offline(True)
    say(his, "没有网络时写的")
    expect(his.get_by_text("发送中")).to_be_visible()
    his.context.set_offline(False)
    hears(hers, "没有网络时写的")
    expect(his.get_by_text("发送中")).to_be_hidden()
    his.get_by_role("textbox", name="消息").fill("还没写完")
    his.reload()
    expect(his.get_by_role("textbox", name="消息")).to_have_value("还没写完")
    for page in (his, hers):
        expect(page.get_by_role("log").get_by_text("没有网络时写的")).to_have_count(1)
    seqs = list(Message.objects.order_by("seq").values_list("seq", flat=True))
    assert seqs == [*range(1, len(seqs) + 1)]
    assert Message.objects.filter(kind="text").count() == 2


@pytest.mark.parametrize("his", [1], indirect=True)
def test_that_somebody_writes_is_told_after_his_clock_was_set_back(his, hers):
    words, peer = his.get_by_role("textbox", name="消息"), hers.locator("#peer")
    say(his, "在吗")
    hears(hers, "在吗")
    # Those words were typed too, and it is told once in three seconds.
    his.wait_for_timeout(TOLD_EVERY_MS)
    words.press_sequentially("我")
    expect(peer).to_contain_text("输入")
    expect(peer).not_to_contain_text("输入")
    his.evaluate("window.offMs = 0")
    words.press_sequentially("我")
    expect(peer).to_contain_text("输入")
