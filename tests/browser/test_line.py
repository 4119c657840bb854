"""What the page says and does when its line is closed: never nothing, and nothing that was typed is lost."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Error, Locator, Page, WebSocketRoute, expect

from chat.models import Message
from tests.axe import violations
from tests.browser.steps import hears, say, sign_in
from tests.browser.test_talks import in_the_room
from tests.chat.saying import said, said_much
from tests.waiting import until

FINAL = {
    1009: "连接已断开，请刷新这个页面",
    4500: "连接已断开，请刷新这个页面",
    4503: "这个账号已停用",
    4509: "这个账号又开了五个新页面",
    4599: "连接已断开，请刷新这个页面",
}
HOLD_FIVE = """() => Promise.all([1, 2, 3, 4, 5].map(() => new Promise((open) => {
    window.held ??= [];
    const socket = new WebSocket(location.origin.replace("http", "ws") + "/ws/");
    socket.onopen = () => socket.send(JSON.stringify({ t: "hello", v: 1, resume: [] }));
    socket.onmessage = open;
    held.push(socket);
}))).then(() => 0)"""


def line(page: Page) -> Locator:
    return page.locator("#line")


def covered(page: Page) -> Locator:
    cover = page.locator("#signed-out")
    expect(cover).to_contain_text("这里已经退出登录")
    return cover


def box(page: Page) -> Locator:
    return page.get_by_role("textbox", name="消息")


def frame(message: str | bytes) -> dict:
    return json.loads(message)


class Between:
    """Stands between a page and its server. `refuse(frame)` is a code to close with, a frame to answer instead of the
    server, or None: then the server hears it."""

    def __init__(self, page: Page, refuse: Callable[[dict], int | dict | None]) -> None:
        self.refuse, self.lines, self.heard = refuse, 0, []
        page.route_web_socket(re.compile("/ws/$"), self._open)

    def _open(self, route: WebSocketRoute) -> None:
        self.lines += 1
        server = route.connect_to_server()
        route.on_message(lambda message: self._hear(route, server, message))

    def _hear(self, route: WebSocketRoute, server: WebSocketRoute, message: str | bytes) -> None:
        self.heard.append(frame(message))
        answer = self.refuse(frame(message))
        if isinstance(answer, int):
            route.close(code=answer)
        elif answer:
            route.send(json.dumps(answer))
        else:
            server.send(message)

    def said(self, kind: str) -> list[dict]:
        return [one for one in self.heard if one["t"] == kind]


def closes_at(kind: str, code: int) -> Callable[[dict], int | None]:
    return lambda frame: code if frame["t"] == kind else None


def once(refuse: Callable[[dict], int | dict | None]) -> Callable[[dict], int | dict | None]:
    done: list[bool] = []

    def only_once(frame: dict) -> int | dict | None:
        answer = None if done else refuse(frame)
        if answer:
            done.append(True)
        return answer

    return only_once


@pytest.mark.parametrize("code", FINAL)
def test_each_end_is_said_and_is_no_dead_page(phone, booking, code):
    his = phone(booking.client)
    between = Between(his, closes_at("hello", code))
    in_the_room(his, booking)
    expect(line(his)).to_contain_text(FINAL[code])
    assert line(his).get_attribute("role") == "status"
    said = line(his).inner_text()
    assert {words for words in FINAL.values() if words in said} == {FINAL[code]}
    his.wait_for_timeout(1500)
    assert between.lines == 1
    assert violations(his) == []


@pytest.mark.parametrize("page_of", ["/chat/", "/bookings/workbench/", "/bookings/{}/"])
def test_so_it_is_on_pages_beside_the_talk(phone, booking, page_of):
    hers = phone(booking.companion)
    Between(hers, closes_at("hello", 4503))
    hers.goto(page_of.format(booking.pk))
    expect(hers.locator("#line-closed")).to_contain_text(FINAL[4503])
    expect(hers.locator("#line-closed")).to_be_in_viewport()
    assert violations(hers) == []


@pytest.mark.parametrize("page_of", ["/chat/{}/", "/chat/", "/bookings/workbench/", "/bookings/{}/"])
def test_who_was_signed_out_leaves_nothing_private_on_the_screen_and_no_dead_button(phone, booking, talk, page_of):
    said(talk, talk.client, "只说给你听")
    hers = phone(booking.companion)
    Between(hers, closes_at("hello", 4501))
    hers.goto(page_of.format(booking.pk))
    assert covered(hers).get_by_role("link").count() == 1
    shown = hers.locator("body").inner_text()
    assert "只说给你听" not in shown and "lin" not in shown
    assert hers.get_by_role("button").count() == hers.get_by_role("textbox").count() == 0
    # The tab is looked at again, as after signing out in another one.
    hers.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(hers).to_have_title("已退出登录 · 我在")
    assert violations(hers) == []


def test_a_dialog_that_was_open_does_not_stand_in_the_way(phone, booking):
    his = in_the_room(phone(booking.client), booking)
    his.get_by_role("button", name="结束", exact=True).click()
    expect(his.get_by_role("dialog")).to_be_visible()
    other = his.context.new_page()
    other.goto("/accounts/logout/")
    other.get_by_role("button", name="仍然退出").click()
    covered(his).get_by_role("link", name="重新登录").click()
    expect(his).to_have_url(re.compile("/accounts/login/"))


def test_who_signed_out_on_another_page_comes_back_to_this_talk_with_what_he_wrote(phone, booking, site):
    his = in_the_room(phone(booking.client), booking)
    box(his).fill("还没说完的话")
    other = his.context.new_page()
    other.goto("/accounts/logout/")
    other.get_by_role("button", name="仍然退出").click()
    covered(his).get_by_role("link", name="重新登录").click()
    expect(his).to_have_url(re.compile(rf"/accounts/login/\?next=%2Fchat%2F{booking.pk}%2F$"))
    sign_in(his, booking.client, site)
    his.reload()
    expect(his).to_have_url(re.compile(f"/chat/{booking.pk}/"))
    expect(box(his)).to_have_value("还没说完的话")


def test_nobody_else_at_the_same_window_has_his_words(phone, booking, site):
    his = in_the_room(phone(booking.client), booking)
    box(his).fill("只给自己看的草稿")
    his.context.set_offline(True)
    say(his, "还没发出去")
    box(his).fill("只给自己看的草稿")
    his.goto("about:blank")
    his.context.set_offline(False)
    sign_in(his, booking.companion, site)
    in_the_room(his, booking)
    expect(line(his)).to_be_empty()
    expect(box(his)).to_have_value("")
    expect(his.get_by_text("还没发出去")).to_have_count(0)


def test_who_is_suspended_is_told_so(phone, booking):
    his = in_the_room(phone(booking.client), booking)
    booking.client.is_active = False
    booking.client.save(update_fields=["is_active"])
    expect(line(his)).to_contain_text(FINAL[4503])


def test_a_page_that_gave_its_place_takes_it_back_when_it_is_wanted(phone, booking):
    his = in_the_room(phone(booking.client), booking)
    other = phone(booking.client)
    other.goto("/terms/")
    other.evaluate(HOLD_FIVE)
    expect(line(his)).to_contain_text(FINAL[4509])
    say(his, "第六个页面")
    line(his).get_by_role("button", name="用这个页面").click()
    expect(line(his)).to_be_empty()
    hears(in_the_room(phone(booking.companion), booking), "第六个页面")


def test_after_no_frame_of_the_protocol_a_reload_loses_nothing(phone, booking):
    his = phone(booking.client)
    Between(his, once(closes_at("send", 4500)))
    in_the_room(his, booking)
    say(his, "路上的话")
    expect(line(his)).to_contain_text(FINAL[4500])
    say(his, "后面的话")
    box(his).fill("草稿")
    line(his).get_by_role("button", name="刷新").click()
    expect(line(his)).to_be_empty()
    expect(his.locator(".msg.me[data-seq]")).to_have_text([re.compile("路上的话"), re.compile("后面的话")])
    expect(box(his)).to_have_value("草稿")
    assert Message.objects.filter(sender=booking.client).count() == 2


@pytest.mark.parametrize(("code", "times"), [(1009, 1), (4500, 2)])
def test_what_the_line_was_closed_over_is_kept_and_not_sent_by_itself_for_ever(phone, booking, code, times):
    his = phone(booking.client)
    between = Between(his, lambda frame: code if frame.get("body") == "太大" else None)
    in_the_room(his, booking)
    say(his, "太大")
    for _ in range(times):
        with his.expect_navigation():
            line(his).get_by_role("button", name="刷新").click()
    expect(his.locator(".msg.failed")).to_contain_text("太大")
    say(his, "别的话")
    expect(his.locator(".msg.me[data-seq]")).to_contain_text("别的话")
    assert len([one for one in between.said("send") if one["body"] == "太大"]) == times
    between.refuse = lambda frame: None
    his.reload()
    his.get_by_role("button", name="没发出去").click()
    expect(his.locator(".msg.me[data-seq]")).to_have_count(2)


def test_who_spoke_too_fast_connects_again_after_a_while(phone, booking):
    his = phone(booking.client)
    between = Between(his, closes_at("hello", 4029))
    in_the_room(his, booking)
    expect(line(his)).to_contain_text("连接中")
    his.wait_for_timeout(4000)
    assert 2 <= between.lines <= 3
    between.refuse = lambda frame: None
    expect(line(his)).to_be_empty()


def limited(*kinds: str) -> Callable[[dict], dict | None]:
    """Each kind of frame is refused for its rate the first time, as the server does."""
    left = set(kinds)

    def refuse(frame: dict) -> dict | None:
        if frame["t"] not in left:
            return None
        left.discard(frame["t"])
        return {"t": "error", "ref": frame.get("cmid"), "code": "rate_limited", "retry_after": 0.2}

    return refuse


def test_what_was_refused_for_its_rate_is_said_again(phone, booking, talk):
    said_much(talk, talk.client, 400)
    hers = phone(booking.companion)
    between = Between(hers, limited("hello", "sync", "read", "send"))
    in_the_room(hers, booking)
    expect(hers.get_by_text("第 400 句")).to_be_visible()
    until(lambda: hers.evaluate("1") and len(between.said("read")) >= 2, what="the receipt, again")
    hers.get_by_role("button", name="更早的消息").click()
    expect(hers.get_by_text("第 250 句")).to_have_count(1)
    assert len(between.said("sync")) >= 2
    say(hers, "我在")
    expect(hers.locator(".msg.me[data-seq]")).to_have_count(1)


def test_thousands_that_were_missed_come_whole(phone, booking, talk):
    hers = in_the_room(phone(booking.companion), booking)
    expect(line(hers)).to_be_empty()
    hers.context.set_offline(True)
    expect(line(hers)).to_contain_text("没有网络")
    first = talk.last_seq
    last = said_much(talk, talk.client, 6000)
    hers.context.set_offline(False)
    expect(hers.get_by_text(f"第 {last} 句")).to_have_count(1, timeout=60_000)
    talk.refresh_from_db()
    seqs = hers.evaluate("[...document.querySelectorAll('#log-list [data-seq]')].map((line) => +line.dataset.seq)")
    assert seqs == list(range(1, last + 1)) and first < last


class Twice(Between):
    """Has each part of the log asked for twice, as a page does that takes another answer's error for its own."""

    def _hear(self, route: WebSocketRoute, server: WebSocketRoute, message: str | bytes) -> None:
        super()._hear(route, server, message)
        if frame(message)["t"] == "sync":
            server.send(message)


@pytest.mark.parametrize("between", [Between, Twice])
def test_long_ones_come_in_several_answers_and_whole(phone, booking, talk, between):
    hers = phone(booking.companion)
    wrong: list[Error] = []
    hers.on("pageerror", lambda error: wrong.append(error))
    asked = between(hers, lambda _frame: None)
    in_the_room(hers, booking)
    expect(line(hers)).to_be_empty()
    hers.context.set_offline(True)
    expect(line(hers)).to_contain_text("没有网络")
    for _ in range(120):
        last = said(talk, talk.client, "长" * 1500)
    asked.heard.clear()
    hers.context.set_offline(False)
    expect(hers.locator(f"#log-list [data-seq='{last}']")).to_have_count(1, timeout=30_000)
    seqs = hers.evaluate("[...document.querySelectorAll('#log-list [data-seq]')].map((line) => +line.dataset.seq)")
    assert seqs == list(range(1, last + 1)) and wrong == []
    assert len({one["after"] for one in asked.said("sync")}) > 1
