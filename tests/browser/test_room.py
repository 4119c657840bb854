"""The room as it is seen, read out and used: with the keyboard of a phone open, with a keyboard alone, by a screen
reader, and whatever somebody writes into it."""

import pytest
from playwright.sync_api import Page, expect

from tests.axe import violations
from tests.browser.steps import hears, say
from tests.browser.test_line import Between, closes_at, line
from tests.browser.test_talks import choose, in_the_room, picture, send, tray
from tests.chat.saying import said

# What a phone of 390 x 844 leaves above its keyboard.
KEYBOARD_OPEN = 420
LONG = "A" * 300
# Of these the fonts have none, or heap them: either way they cannot be broken.
HEAPED = "Z" + "\u0338\u0321\u0322\u0327\u031b\u0317\u0347\u0356\u033c\u035a\u0326\u0318" * 4 + "algo"
TURNED = "\u202etxt.exe\u2066 שלום"
UNSEEN = "\u200b\u200b a\u200bb \u2060\ufeff\u00ad"


def box(page: Page):
    return page.get_by_role("textbox", name="消息")


def open_keyboard(page: Page, width: int = 390) -> None:
    box(page).focus()
    page.set_viewport_size({"width": width, "height": KEYBOARD_OPEN})
    page.wait_for_timeout(300)


def is_all_in_sight(page: Page, selector: str) -> bool:
    """Within the window, and nothing lies over its middle."""
    return page.locator(selector).last.evaluate(
        """(it) => {
            const {top, bottom, left, right} = it.getBoundingClientRect();
            const over = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
            return top >= 0 && bottom <= innerHeight && left >= 0 && right <= innerWidth && it.contains(over);
        }"""
    )


@pytest.mark.parametrize("width", [390, 360])
def test_with_the_keyboard_open_what_is_written_and_the_newest_line_are_in_sight(phone, booking, talk, width):
    for number in range(20):
        said(talk, talk.companion, f"第 {number} 句，我在听，你慢慢说。" + "有些事说出来就轻了。" * 4)
    his = in_the_room(phone(booking.client), booking)
    expect(his.get_by_text("第 19 句")).to_be_visible()
    box(his).fill("一\n二\n三\n四\n五")
    open_keyboard(his, width)
    for each in (".msg", "#composer textarea", "#composer [type=submit]", "#meter b"):
        assert is_all_in_sight(his, each), each
    assert his.evaluate("document.scrollingElement.scrollTop") == 0
    box(his).blur()
    expect(his.get_by_role("button", name="暂停")).to_be_visible()


def test_nor_does_a_closed_line_push_them_out(phone, booking):
    his = phone(booking.client)
    Between(his, closes_at("hello", 4509))
    in_the_room(his, booking)
    expect(line(his)).not_to_be_empty()
    open_keyboard(his)
    for each in ("#line .btn", "#composer textarea", "#composer [type=submit]"):
        assert is_all_in_sight(his, each), each


def test_zoomed_into_the_talk_is_as_high_as_before(phone, booking):
    his = in_the_room(phone(booking.client), booking)
    his.context.new_cdp_session(his).send("Emulation.setPageScaleFactor", {"pageScaleFactor": 2})
    his.wait_for_timeout(300)
    assert his.evaluate("[visualViewport.scale, document.body.clientHeight]") == [2, 844]


@pytest.mark.parametrize("words", [LONG, f"https://example.com/{LONG}", HEAPED, TURNED, UNSEEN + "有字"])
def test_whatever_is_written_moves_nothing_else(phone, booking, talk, words):
    said(talk, talk.client, "我说的")
    said(talk, talk.companion, words)
    said(talk, talk.client, "我又说的")
    his = phone(booking.client, viewport={"width": 360, "height": 844})
    in_the_room(his, booking)
    hears(his, "我又说的")
    assert his.locator("#log").evaluate("(log) => log.scrollWidth <= log.clientWidth")
    assert is_all_in_sight(his, ".msg.me")
    edges = his.locator(".msg").evaluate_all("(all) => all.map((it) => it.getBoundingClientRect().right)")
    assert max(edges) <= 360
    ends = his.locator(".msg > p").evaluate_all("(all) => all.map((it) => getComputedStyle(it).overflow)")
    assert set(ends) == {"hidden"}
    hers = phone(booking.companion)
    hers.goto("/chat/")
    assert hers.evaluate("document.documentElement.scrollWidth") <= 390


def test_what_is_written_from_right_to_left_is_read_so_in_the_list_and_among_what_is_found(phone, booking, talk):
    said(talk, talk.companion, "שלום!")
    hers = phone(booking.companion)
    for page in ("/chat/", "/chat/?q=שלום"):
        hers.goto(page)
        words = hers.locator(".talks bdi")
        expect(words).to_have_text("שלום!")
        assert words.evaluate("(it) => getComputedStyle(it).direction") == "rtl"


def test_a_keyboard_is_enough(phone, booking):
    his, hers = (in_the_room(phone(person), booking) for person in (booking.client, booking.companion))
    choose(hers)
    expect(tray(hers)).to_contain_text("传好了")
    send(hers)
    expect(picture(his)).to_be_visible()
    his.locator("#main").focus()
    reached = []
    for _ in range(12):
        his.keyboard.press("Tab")
        reached.append(his.evaluate("document.activeElement.ariaLabel || document.activeElement.innerText.trim()"))
        if reached[-1] == "发送":
            break
    order = ["返回", "结束", "再聊十块钱的", "消息", "发图片", "消息", "发送"]
    assert [one for one in reached if one in order] == order
    box(his).focus()
    his.keyboard.type("一行")
    his.keyboard.press("Shift+Enter")
    his.keyboard.type("两行")
    expect(box(his)).to_have_value("一行\n两行")
    his.keyboard.press("Enter")
    expect(box(his)).to_have_value("")
    expect(box(his)).to_be_focused()
    hears(hers, "一行")
    his.locator("a[data-picture]").focus()
    his.keyboard.press("Enter")
    expect(his.get_by_role("dialog", name="图片")).to_be_visible()
    his.keyboard.press("Escape")
    expect(his.locator("a[data-picture]")).to_be_focused()


def test_a_screen_reader_finds_its_way(phone, booking):
    his, hers = (in_the_room(phone(person), booking) for person in (booking.client, booking.companion))
    say(hers, "我在听")
    hears(his, "我在听")
    tree = his.get_by_role("main").aria_snapshot()
    for part in ('- heading "shanshan" [level=1]', '- region "计时"', '- region "消息"', "- log:", '- textbox "消息"'):
        assert part in tree, part
    assert "shanshan：" in tree
    log = his.get_by_role("log")
    expect(log).to_have_attribute("aria-live", "polite")
    expect(his.get_by_role("region", name="消息")).to_have_attribute("aria-busy", "false")
    # There from the start: what is put into it is read out.
    expect(line(his)).to_have_role("status")
    his.context.set_offline(True)
    expect(his.get_by_role("status").filter(has_text="没有网络")).to_be_visible()
    his.context.set_offline(False)
    expect(line(his)).to_be_empty()
    say(his, "谢谢")
    expect(his.locator(".msg.me .state")).to_have_text("已读")
    assert violations(his) == []


def test_what_is_fetched_from_long_ago_is_not_read_out(phone, booking, talk):
    for number in range(150):
        said(talk, talk.client, f"第 {number} 句")
    hers = in_the_room(phone(booking.companion), booking)
    expect(hers.get_by_role("log")).to_have_attribute("aria-live", "polite")
    hers.locator("#log").evaluate("(log) => { log.scrollTop = 0; }")
    expect(hers.get_by_role("log")).to_have_attribute("aria-live", "off")
    expect(hers.get_by_text("第 1 句", exact=True)).to_have_count(1)
    expect(hers.get_by_role("log")).to_have_attribute("aria-live", "polite")
