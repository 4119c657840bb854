"""What somebody stumbles over who is here for the first time, around a talk whose clock runs."""

import re

import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import Page, expect

from accounts.models import User
from bookings import services
from chat.models import Message, QuickReply
from tests.browser.steps import hears, say
from tests.browser.test_pages import look_at
from tests.browser.test_talks import in_the_room
from tests.cast import PASSWORD
from tests.chat.saying import said
from tests.waiting import until

FINGER = {"has_touch": True, "is_mobile": True}


def box(page: Page):
    return page.get_by_role("textbox", name="消息")


def texts() -> list[str]:
    return [message.kind for message in Message.objects.filter(kind="text")]


class TestLeaving:
    def test_who_signs_out_while_it_runs_is_asked_first(self, phone, booking):
        his = phone(booking.client)
        his.goto("/me/")
        his.get_by_role("button", name="退出登录").click()
        expect(his.get_by_role("heading", name="正在计时")).to_be_visible()
        assert look_at(his) == []
        his.get_by_role("link", name="去聊天里结束").click()
        expect(box(his)).to_be_visible()
        his.goto("/accounts/logout/")
        his.get_by_role("button", name="仍然退出").click()
        expect(his.get_by_role("link", name="登录", exact=True)).to_be_visible()

    def test_and_can_pause_it_with_the_same_tap(self, phone, booking):
        his = phone(booking.client)
        his.goto("/accounts/logout/")
        his.get_by_role("button", name="先暂停，再退出").click()
        expect(his.get_by_role("link", name="登录", exact=True)).to_be_visible()
        booking.refresh_from_db()
        assert booking.pause_reason == "client"


class TestWithoutANetwork:
    @pytest.mark.parametrize(
        ("side", "told"), [("client", "断开满 3 分钟会自动停表"), ("companion", "从断开那一秒起停表")]
    )
    def test_it_is_said_what_the_clock_does_and_nothing_of_who_is_here(self, phone, booking, side, told):
        other = "companion" if side == "client" else "client"
        page = in_the_room(phone(getattr(booking, side)), booking)
        in_the_room(phone(getattr(booking, other)), booking)
        peer, line = page.locator("#peer"), page.locator("#line")
        expect(peer).to_have_text("在线")
        page.context.set_offline(True)
        expect(line).to_contain_text("没有网络")
        expect(line).to_contain_text(told)
        expect(peer).to_be_hidden()
        assert look_at(page) == []
        page.context.set_offline(False)
        expect(line).to_be_empty()
        expect(peer).to_have_text("在线")

    def test_of_a_clock_that_stands_nothing_is_said(self, phone, booking):
        services.pause(booking=booking, by=booking.client)
        his = phone(booking.client)
        his.goto(f"/chat/{booking.pk}/")
        expect(his.get_by_role("button", name="继续")).to_be_visible()
        his.context.set_offline(True)
        expect(his.locator("#line")).to_contain_text("没有网络")
        expect(his.locator("#line")).not_to_contain_text("计时")


class TestElsewhere:
    def test_a_line_leads_back_from_every_page_and_goes_when_it_is_over(self, phone, booking):
        his = phone(booking.client)
        his.clock.install()
        his.goto("/browse/")
        bar = his.get_by_role("navigation", name="正在进行")
        expect(bar).to_contain_text("计时中，最晚到")
        assert look_at(his) == []
        services.end(booking=booking, by=booking.client)
        his.clock.run_for(25_000)
        expect(bar).to_have_count(0)

    def test_the_line_is_not_replaced_under_the_finger(self, phone, booking):
        his = phone(booking.client)
        his.clock.install()
        his.goto("/browse/")
        his.evaluate("document.addEventListener('htmx:afterRequest', () => (window.answered = true))")
        his.get_by_role("navigation", name="正在进行").get_by_role("link").hover()
        his.clock.run_for(15_000)
        his.mouse.down()
        his.clock.run_for(6_000)
        until(lambda: his.evaluate("window.answered"), what="the answer")
        his.mouse.up()
        expect(his).to_have_url(re.compile(f"/chat/{booking.pk}/$"))

    def test_what_came_meanwhile_is_there_when_the_finger_is_up(self, phone, booking):
        his = phone(booking.client)
        his.clock.install()
        his.goto("/browse/")
        his.evaluate("document.addEventListener('htmx:afterRequest', () => (window.answered = true))")
        bar = his.get_by_role("navigation", name="正在进行")
        bar.get_by_role("link").hover()
        his.clock.run_for(15_000)
        his.mouse.down()
        services.end(booking=booking, by=booking.client)
        his.clock.run_for(6_000)
        until(lambda: his.evaluate("window.answered"), what="the answer")
        expect(bar).to_have_count(1)
        his.mouse.move(1, 1)
        his.mouse.up()
        his.clock.run_for(100)
        expect(bar).to_have_count(0)

    def test_without_a_network_it_does_not_call_out_each_time(self, phone, booking):
        his = phone(booking.client)
        his.clock.install()
        his.goto("/browse/")
        his.evaluate("document.addEventListener('htmx:sendError', () => (window.unanswered = true))")
        his.context.set_offline(True)
        his.clock.run_for(21_000)
        until(lambda: his.evaluate("window.unanswered"), what="the attempt")
        assert his.locator(".toast").count() == 0


class TestQuickReplies:
    def test_the_list_stands_above_what_one_writes_with(self, phone, booking):
        hers = in_the_room(phone(booking.companion), booking)
        hers.get_by_role("button", name="常用语").click()
        shown = hers.locator("#quick-list").bounding_box()
        row = [hers.locator(one).bounding_box() for one in ("#picture-open", "#quick-open", "#composer textarea")]
        row.append(hers.get_by_role("button", name="发送", exact=True).bounding_box())
        assert {round(one["y"] + one["height"]) for one in row} == {round(row[0]["y"] + row[0]["height"])}
        assert shown["y"] + shown["height"] <= min(one["y"] for one in row)
        assert [one["x"] for one in row] == sorted(one["x"] for one in row)
        assert look_at(hers) == []

    def test_the_first_one_is_written_on_the_way_and_the_draft_stays(self, phone, booking):
        hers = in_the_room(phone(booking.companion), booking)
        box(hers).fill("写到一半")
        hers.get_by_role("button", name="常用语").click()
        hers.get_by_role("link", name="写第一条常用语").click()
        hers.get_by_role("main").get_by_role("textbox").fill("我在，慢慢说")
        hers.get_by_role("button", name="添加").click()
        until(QuickReply.objects.exists, what="the quick reply")
        hers.get_by_role("link", name="回到聊天", exact=True).click()
        expect(hers).to_have_url(re.compile(f"/chat/{booking.pk}/$"))
        expect(box(hers)).to_have_value("写到一半")
        hers.get_by_role("button", name="常用语").click()
        hers.get_by_role("button", name="我在，慢慢说").click()
        expect(box(hers)).to_have_value("写到一半我在，慢慢说")


class TestWriting:
    def test_under_a_finger_enter_is_a_new_line_and_the_button_sends(self, phone, booking):
        his = in_the_room(phone(booking.client, **FINGER), booking)
        box(his).tap()
        his.keyboard.type("一行")
        his.keyboard.press("Enter")
        his.keyboard.type("又一行")
        expect(box(his)).to_have_value("一行\n又一行")
        assert box(his).get_attribute("enterkeyhint") == "enter"
        assert len(texts()) == 0
        his.get_by_role("button", name="发送", exact=True).tap()
        hears(his, "又一行")
        expect(box(his)).to_have_value("")

    def test_at_a_desk_enter_sends_and_with_shift_is_a_new_line(self, phone, booking):
        his = in_the_room(phone(booking.client), booking)
        box(his).fill("一行")
        his.keyboard.press("Shift+Enter")
        his.keyboard.type("又一行")
        expect(box(his)).to_have_value("一行\n又一行")
        assert box(his).get_attribute("enterkeyhint") == "send"
        his.keyboard.press("Enter")
        hears(his, "又一行")
        expect(box(his)).to_have_value("")

    @pytest.mark.parametrize("composing", [{"isComposing": True}, {"keyCode": 229}])
    def test_the_enter_that_chooses_a_word_sends_nothing(self, phone, booking, composing):
        his = in_the_room(phone(booking.client), booking)
        box(his).fill("wo zai")
        box(his).dispatch_event("keydown", {"key": "Enter", "bubbles": True, "cancelable": True, **composing})
        expect(box(his)).to_have_value("wo zai")
        say(his, "我在")
        hears(his, "我在")
        assert his.get_by_text("wo zai").count() == 0


class TestWhatWasFound:
    @pytest.mark.parametrize(
        ("line", "words", "marked"),
        [
            ("那天在西湖边，西湖真好", "西湖", ["西湖", "西湖"]),
            ("ＡＢｃ 和 abC", "bC", ["Ｂｃ", "bC"]),
            ("Straße", "SS", ["ß"]),
            ("见 https://wozai.example/a?b=c 这里", "example", ["example"]),
            ("<b>在</b> & 在", "在", ["在", "在"]),
        ],
    )
    def test_is_marked_in_the_talk_as_in_the_list(self, phone, booking, talk, line, words, marked):
        said(talk, talk.client, line)
        page = phone(booking.companion)
        page.goto("/chat/")
        page.get_by_role("searchbox").fill(words)
        page.keyboard.press("Enter")
        expect(page.locator("mark")).to_have_text(marked)
        page.get_by_role("link", name="lin", exact=True).click()
        found = page.locator(".msg.found")
        expect(found).to_contain_text(line)
        expect(found.locator("mark")).to_have_text(marked)
        # Loaded again, or sent to somebody, it is the talk as it is.
        expect(page).to_have_url(re.compile(f"/chat/{booking.pk}/$"))
        assert look_at(page) == []


def test_a_greeting_leaves_the_talk_by_itself(phone, booking):
    # As the site hashes it.
    User.objects.filter(pk=booking.client_id).update(password=make_password(PASSWORD, hasher="pbkdf2_sha256"))
    his = phone()
    his.clock.install()
    his.goto(f"/accounts/login/?next=/chat/{booking.pk}/")
    his.locator("[name=login]").fill(booking.client.email)
    his.locator("[name=password]").fill(PASSWORD)
    his.get_by_role("main").get_by_role("button", name="登录").click()
    greeting = his.get_by_text("lin，你好。")
    expect(greeting).to_be_visible()
    his.clock.run_for(6000)
    expect(greeting).to_have_count(0)
