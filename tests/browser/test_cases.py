"""Two moderators at their desks, without a mouse."""

import re

import pytest
from playwright.sync_api import Page, expect

from listings import services as listings
from moderation.models import ReviewCase
from tests.browser.test_pages import look_at
from tests.cast import a_companion, a_moderator, a_text

DESK = {"width": 1280, "height": 900}


@pytest.fixture
def cases(listing, companion) -> list[ReviewCase]:
    """The first of two is the more urgent one."""
    listings.submit_listing(by=companion, listing=listing, text=a_text(headline="先交上来的那一条"))
    listings.submit_listing(by=a_companion("meimei").user, text=a_text(headline="后交上来的那一条"))
    return list(ReviewCase.objects.most_urgent_first())


@pytest.fixture
def chen(phone, moderator) -> Page:
    return phone(moderator, viewport=DESK)


@pytest.fixture
def li(phone) -> Page:
    return phone(a_moderator("li"), viewport=DESK)


def switch_keys_on(page: Page) -> None:
    page.goto("/moderation/")
    page.locator(".keys summary").focus()
    page.keyboard.press("Enter")
    page.get_by_label("启用单键操作").focus()
    page.keyboard.press("Space")
    page.evaluate("document.activeElement.blur()")


def test_one_takes_the_most_urgent_and_sends_it_back_the_other_gets_the_next(cases, chen, li):
    for page in (chen, li):
        switch_keys_on(page)
    chen.keyboard.press("n")
    expect(chen.get_by_role("heading", level=1)).to_contain_text("先交上来的")
    expect(chen.get_by_text("由你处理")).to_be_visible()
    assert look_at(chen) == []

    li.reload()
    expect(li.locator("#cases li", has_text="先交上来的")).to_contain_text("chen 处理中")
    li.keyboard.press("n")
    expect(li.get_by_role("heading", level=1)).to_contain_text("后交上来的")

    chen.keyboard.press("e")
    chen.keyboard.type("标题说不清楚 a s")
    chen.keyboard.press("Escape")
    chen.keyboard.press("s")
    chen.keyboard.press("Enter")
    expect(chen.locator(".notices")).to_contain_text("已退回")
    cases[0].refresh_from_db()
    assert (cases[0].status, cases[0].reason) == ("rejected", "标题说不清楚 a s")


def test_who_opens_what_another_has_finds_who_and_until_when(cases, chen, li):
    chen.goto(f"/moderation/{cases[0].pk}/")
    li.goto(f"/moderation/{cases[0].pk}/")
    chen.get_by_role("button", name="领取").click()
    expect(chen.get_by_text("由你处理")).to_be_visible()
    li.get_by_label("原因").fill("写了很久的理由")
    li.get_by_role("button", name="退回").click()
    expect(li.get_by_role("alert")).to_contain_text(re.compile(r"chen 已领取这条，处理到 \d\d:\d\d"))
    expect(li.get_by_label("原因")).to_have_value("写了很久的理由")
    assert look_at(li) == []

    chen.get_by_role("button", name="放回队列").click()
    expect(chen).to_have_url(re.compile("/moderation/$"))
    li.get_by_role("button", name="退回").click()
    expect(li).to_have_url(re.compile("/moderation/$"))


def test_until_they_are_switched_on_keys_do_nothing(cases, chen):
    chen.goto("/moderation/")
    chen.keyboard.press("j")
    chen.keyboard.press("n")
    chen.wait_for_timeout(300)
    assert chen.evaluate("document.activeElement === document.body")
    expect(chen).to_have_url(re.compile("/moderation/$"))
    assert not ReviewCase.objects.exclude(claimed_by=None).exists()
    switch_keys_on(chen)
    chen.keyboard.press("j")
    expect(chen.locator("#cases .cover").first).to_be_focused()
