"""Her tab is open behind another one when somebody writes: the title counts, and one notice tells of it."""

import re

import pytest
from playwright.sync_api import Page, expect

from bookings.models import Booking
from notices.models import Preference
from tests.browser.steps import hears, say
from tests.browser.test_talks import in_the_room, read_elsewhere

# A browser without windows has no tab behind another, and shows no notices.
BEHIND = """(allowed) => {
    window.behind = false;
    window.shown = [];
    Object.defineProperty(document, 'hidden', {get: () => behind});
    window.put = (is) => { behind = is; document.dispatchEvent(new Event('visibilitychange')); };
    window.Notification = class extends EventTarget {
        static permission = allowed;
        constructor(title, {body, tag}) {
            super();
            this.said = {title, body, tag};
            shown.push(this);
        }
        close() { this.closed = true; }
    };
}"""
SHOWN = "shown.map(({said, closed}) => ({...said, closed: Boolean(closed)}))"
PATIENCE_MS = 4500


@pytest.fixture
def his(phone, booking) -> Page:
    return in_the_room(phone(booking.client), booking)


def her_page(phone, booking: Booking, *, allowed: str = "granted") -> Page:
    page = phone(booking.companion)
    page.add_init_script(f"({BEHIND})('{allowed}')")
    in_the_room(page, booking)
    expect(page.locator("#line")).to_be_empty()
    return page


def test_she_is_told_once_until_she_looks(phone, booking, talk, his):
    hers = her_page(phone, booking)
    say(his, "看着呢")
    hears(hers, "看着呢")
    hers.evaluate("put(true)")
    say(his, "你在吗？")
    say(his, "喂？")
    hears(hers, "喂？")
    expect(hers).to_have_title(re.compile(r"^\(2\) "))
    hers.wait_for_timeout(PATIENCE_MS)
    told = {"title": "我在", "body": "lin 给你发来消息", "tag": f"talk-{talk.pk}"}
    assert hers.evaluate(SHOWN) == [{**told, "closed": False}]
    hers.evaluate("put(false)")
    assert hers.evaluate(SHOWN) == [{**told, "closed": True}]
    expect(hers).not_to_have_title(re.compile(r"^\("))
    hers.evaluate("put(true)")
    say(his, "又走了？")
    hers.wait_for_timeout(PATIENCE_MS)
    assert len(hers.evaluate(SHOWN)) == 2


def test_what_was_there_before_is_no_news(phone, booking, talk, his):
    say(his, "早就看过的")
    hers = her_page(phone, booking)
    hears(hers, "早就看过的")
    hers.wait_for_timeout(1500)
    hers.add_init_script("behind = true")
    in_the_room(hers, booking)
    hears(hers, "早就看过的")
    expect(hers).not_to_have_title(re.compile(r"^\("))


def test_what_she_reads_on_another_page_is_not_told_here(phone, booking, talk, his):
    hers = her_page(phone, booking)
    hers.evaluate("put(true)")
    say(his, "你在吗？")
    hears(hers, "你在吗？")
    read_elsewhere(hers, talk)
    hers.wait_for_timeout(PATIENCE_MS)
    assert hers.evaluate(SHOWN) == []


@pytest.mark.parametrize("why", ["default", "denied", "quiet"])
def test_nor_where_she_wants_no_notices(phone, booking, his, why):
    quiet = {"quiet_from_min": 0, "quiet_until_min": 1439} if why == "quiet" else {}
    Preference.objects.create(user=booking.companion, **quiet)
    hers = her_page(phone, booking, allowed="granted" if why == "quiet" else why)
    hers.evaluate("put(true)")
    say(his, "你在吗？")
    hears(hers, "你在吗？")
    expect(hers).to_have_title(re.compile(r"^\(1\) "))
    hers.wait_for_timeout(PATIENCE_MS)
    assert hers.evaluate(SHOWN) == []
