"""A talk of thousands of lines: a line of long ago with what stands around it, the way on from there to the newest, and
nothing that jumps under the eye."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from chat.models import Conversation
from tests.axe import violations
from tests.browser.steps import say
from tests.browser.test_talks import in_the_room
from tests.chat.saying import said_much
from tests.waiting import until

LINES, ASKED = 4000, 700
SEQS = "[...document.querySelectorAll('#log-list [data-seq]')].map((line) => +line.dataset.seq)"
# The first line that is whole in sight, and how far below the window's edge it begins.
ANCHOR = """() => {
    const edge = document.getElementById("log").getBoundingClientRect().top;
    const seen = [...document.querySelectorAll("#log-list [data-seq]")].filter((line) => line.offsetParent);
    const first = seen.find((line) => line.getBoundingClientRect().top >= edge);
    return [+first.dataset.seq, first.getBoundingClientRect().top - edge];
}"""
OFFSET = """(seq) => document.querySelector(`[data-seq="${seq}"]`).getBoundingClientRect().top
    - document.getElementById("log").getBoundingClientRect().top"""


@pytest.fixture
def talk(booking) -> Conversation:
    talk = Conversation.objects.select_related("client", "companion").get(booking=booking)
    said_much(talk, talk.client, LINES)
    talk.refresh_from_db()
    return talk


@pytest.fixture
def hers(phone, booking, talk) -> Page:
    """On the line that she asked for."""
    page = phone(booking.companion)
    page.goto(f"/chat/{booking.pk}/?at={ASKED}")
    expect(page.locator(".msg.found")).to_contain_text(f"第 {ASKED} 句")
    return page


def newest(page: Page) -> Locator:
    return page.get_by_role("button", name=re.compile("回到最新|新消息"))


def seqs(page: Page) -> list[int]:
    return page.evaluate(SEQS)


def scroll(page: Page, by: int) -> None:
    page.locator("#log").evaluate("(log, by) => log.scrollBy(0, by)", by)


def is_whole(page: Page, first: int, last: int) -> bool:
    shown = seqs(page)
    return shown == list(range(shown[0], shown[-1] + 1)) and shown[0] <= first and shown[-1] >= last


def read_by_her(talk: Conversation) -> int:
    talk.refresh_from_db()
    return talk.companion_read


def test_it_is_shown_with_what_stands_around_it_and_no_more(hers, talk):
    expect(hers.locator(".msg.found")).to_be_in_viewport()
    expect(hers.get_by_role("button", name="回到最新")).to_be_visible()
    assert is_whole(hers, ASKED - 20, ASKED + 20) and len(seqs(hers)) <= 300
    assert violations(hers) == []
    hers.wait_for_timeout(1500)
    # What she has not seen is not read.
    assert read_by_her(talk) == 0


def test_what_comes_meanwhile_waits_at_the_end_and_the_button_leads_there(phone, hers, booking, talk):
    his = in_the_room(phone(booking.client), booking)
    say(his, "你翻到哪里了？")
    expect(hers.get_by_role("button", name="新消息")).to_be_visible()
    expect(hers.get_by_text("你翻到哪里了？")).to_have_count(0)
    expect(hers.locator(".msg.found")).to_be_in_viewport()
    newest(hers).click()
    expect(hers.get_by_text("你翻到哪里了？")).to_be_in_viewport()
    expect(newest(hers)).to_be_hidden()
    say(his, "到底了")
    expect(hers.get_by_text("到底了")).to_be_in_viewport()
    talk.refresh_from_db()
    assert is_whole(hers, talk.last_seq - 90, talk.last_seq)
    until(lambda: hers.evaluate("1") and read_by_her(talk) == talk.last_seq, what="her receipt")


def test_who_writes_is_at_the_end_again(phone, hers, booking, talk):
    say(hers, "想起来了")
    expect(hers.locator(".msg.me[data-seq]").last).to_contain_text("想起来了")
    expect(hers.get_by_text("想起来了")).to_be_in_viewport()
    talk.refresh_from_db()
    # Her line may be taken before the lines above it have come.
    until(lambda: is_whole(hers, talk.last_seq - 90, talk.last_seq), what="the lines before hers")
    expect(hers.get_by_text("想起来了")).to_be_in_viewport()


def test_who_has_begun_to_write_stays_there(hers):
    """Otherwise the line that was found takes the keys a moment later."""
    hers.get_by_role("textbox", name="消息").focus()
    hers.wait_for_timeout(1000)
    expect(hers.get_by_role("textbox", name="消息")).to_be_focused()


def test_who_does_nothing_is_on_the_line(hers):
    expect(hers.locator(".msg.found")).to_be_focused()


def test_down_from_there_the_rest_comes_until_the_live_end(phone, hers, booking, talk):
    last = talk.last_seq
    hers.goto(f"/chat/{booking.pk}/?at={last - 450}")
    expect(newest(hers)).to_be_visible()
    his = in_the_room(phone(booking.client), booking)
    say(his, "中途来的")

    def has_come() -> bool:
        scroll(hers, 5000)
        return last + 1 in seqs(hers)

    until(has_come, seconds=30, what="the live end")
    assert is_whole(hers, last - 450, last + 1)
    scroll(hers, 50_000)
    expect(newest(hers)).to_be_hidden()
    say(his, "接着来的")
    expect(hers.get_by_text("接着来的")).to_be_in_viewport()


def test_a_new_line_of_the_connection_changes_nothing_about_where_she_is(phone, hers, booking, talk):
    hers.context.set_offline(True)
    said_much(talk, talk.client, 300)
    hers.context.set_offline(False)
    expect(hers.locator("#line")).to_be_empty()
    expect(hers.locator(".msg.found")).to_be_in_viewport()
    newest(hers).click()
    expect(hers.get_by_text(f"第 {talk.last_seq + 300} 句")).to_be_in_viewport()
    talk.refresh_from_db()
    assert is_whole(hers, talk.last_seq - 90, talk.last_seq)


# Safari holds no line in its place by itself.
@pytest.mark.parametrize("anchoring", ["auto", "none"])
@pytest.mark.parametrize("room", ["", f"?at={ASKED}"])
def test_upward_nothing_jumps(phone, booking, talk, room, anchoring):
    page = phone(booking.companion)
    page.goto(f"/chat/{booking.pk}/{room}")
    page.locator("#log").evaluate("(log, is) => { log.style.overflowAnchor = is; }", anchoring)
    until(lambda: len(seqs(page)) >= 50, what="the first lines")
    page.wait_for_timeout(1000)
    for _ in range(3):
        first = seqs(page)[0]
        page.locator("#log").evaluate("(log) => { log.scrollTop = 200; }")
        seq, before = page.evaluate(ANCHOR)
        until(lambda first=first: seqs(page)[0] < first, what="earlier lines")
        page.wait_for_timeout(300)
        assert abs(page.evaluate(OFFSET, seq) - before) <= 2
    assert is_whole(page, seqs(page)[0], seqs(page)[-1])


def test_at_the_very_first_line_nothing_jumps_either(phone, booking, talk):
    page = phone(booking.companion)
    page.goto(f"/chat/{booking.pk}/?at=90")
    expect(page.locator(".msg.found")).to_be_in_viewport()
    page.wait_for_timeout(1000)
    page.locator("#log").evaluate("(log) => { log.style.overflowAnchor = 'none'; log.scrollTop = 250; }")
    seq, before = page.evaluate(ANCHOR)
    until(lambda: seqs(page)[0] == 1, what="the first line")
    page.wait_for_timeout(300)
    assert abs(page.evaluate(OFFSET, seq) - before) <= 2
    expect(page.get_by_role("button", name="更早的消息")).to_be_hidden()
