"""What each sees of the other: that something is being written, that it came, that it was read."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.steps import hears, say
from tests.browser.test_line import Between
from tests.browser.test_talks import in_the_room
from tests.waiting import until


def state(page: Page) -> Locator:
    return page.locator(".msg.me .state")


def test_it_came_and_is_read_when_it_is_looked_at(phone, booking):
    his = in_the_room(phone(booking.client), booking)
    say(his, "在吗")
    expect(state(his)).to_have_text("已送达")
    hers = in_the_room(phone(booking.companion), booking)
    expect(state(his)).to_have_text("已读")
    say(hers, "我在")
    expect(state(his)).to_have_count(0)
    expect(state(hers)).to_have_text("已读")
    his.reload()
    expect(his.get_by_text("我在")).to_be_visible()
    hers.reload()
    expect(state(hers)).to_have_text("已读")


def test_what_is_looked_at_is_said_to_be_read_at_once(phone, booking):
    his, hers = in_the_room(phone(booking.client), booking), phone(booking.companion)
    between = Between(hers, lambda _frame: None)
    hers.clock.install()
    in_the_room(hers, booking)
    before = len(reads(hers, between, more_than=0))
    hers.clock.pause_at(hers.evaluate("Date.now()") / 1000 + 5)
    say(his, "在吗")
    hears(hers, "在吗")
    hers.clock.run_for(100)
    assert reads(hers, between, more_than=before)


def reads(page: Page, between: Between, *, more_than: int) -> list[dict]:
    until(lambda: page.evaluate("1") and len(between.said("read")) > more_than, what="the receipt")
    return between.said("read")


def test_that_the_other_one_writes_is_shown_for_a_moment(phone, booking):
    his, hers = (in_the_room(phone(person), booking) for person in (booking.client, booking.companion))
    peer = his.locator("#peer")
    # He hears that she is there before her own page is greeted.
    for page in (his, hers):
        expect(page.locator("#peer")).to_have_text("在线")
    hers.get_by_role("textbox", name="消息").press_sequentially("我")
    expect(peer).to_have_text("正在输入…")
    expect(peer).to_have_text("在线", timeout=8000)
