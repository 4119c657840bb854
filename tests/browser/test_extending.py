"""Ten yuan's worth more, and more, while the talk goes on: by a saved card whose bank asks, and on a page beside it."""

import re

from playwright.sync_api import Page, expect

from bookings.models import Booking, Extension
from payments.services.books import check_books
from tests.browser.steps import hears, order, pay, say
from tests.waiting import until

ASKED_BY_ITS_BANK = "4000002760003184"
WIDE = {"width": 1280, "height": 900}


def prepaid(page: Page):
    return page.locator("[data-granted]")


def open_offers(page: Page):
    page.get_by_role("button", name="再聊十块钱的").click()
    return page.locator("#more-dialog")


def approve_at_the_bank(page: Page) -> None:
    page.locator("button[value=complete]").click()


def granted(booking: Booking) -> list[int]:
    rows = booking.extensions.filter(state=Extension.State.GRANTED).order_by("pk")
    return list(rows.values_list("minutes", flat=True))


def test_the_time_gets_longer_while_they_talk(phone, client_user, companion, listing, stand_in):
    his, hers = phone(client_user, viewport=WIDE), phone(companion)
    hers.goto("/bookings/workbench/")
    order(his, listing.companion.display_name)
    pay(his, ASKED_BY_ITS_BANK)
    approve_at_the_bank(his)
    hers.get_by_role("button", name="接单").click()
    say(hers, "我在")
    hears(his, "我在")
    booking = Booking.objects.get(client=client_user)
    expect(prepaid(his)).to_have_text("预付 30 分钟")

    by_card = open_offers(his)
    expect(by_card.get_by_role("radio", checked=True)).to_have_count(1)
    by_card.get_by_text("+15 分钟").click()
    # The title and the button follow the choice.
    expect(by_card.get_by_role("heading")).to_have_text("再聊 15 分钟 · ¥5")
    by_card.get_by_role("button", name="3184 付 ¥5").click()
    approve_at_the_bank(his)
    expect(his.get_by_text("已付款，时间加上了。")).to_be_visible()
    expect(prepaid(his)).to_have_text("预付 45 分钟")

    beside = open_offers(his)
    beside.get_by_text("+30 分钟").click()
    with his.context.expect_page() as opened:
        beside.get_by_role("button", name="换张卡，或用支付宝、微信").click()
    say(hers, "慢慢来")
    hears(his, "慢慢来")
    pay(opened.value)
    # The chat hears it by itself; so does she.
    expect(prepaid(his)).to_have_text("预付 75 分钟")
    # Closed on its way back it would never be gone.
    expect(opened.value).to_have_url(re.compile("/chat/"))
    opened.value.close()

    at_one_tap = open_offers(his)
    # There are two cards now; that of a moment ago is chosen.
    expect(at_one_tap.get_by_role("radio", name=re.compile("4242"))).to_be_checked()
    at_one_tap.get_by_role("button", name="用这张卡付 ¥10").click()
    expect(his.get_by_text("已付款，时间加上了。")).to_be_visible()
    expect(at_one_tap).to_be_hidden()
    until(lambda: len(granted(booking)) == 3, what="the third extension")
    assert granted(booking) == [15, 30, 30]
    expect(prepaid(his)).to_have_text("预付 105 分钟")
    expect(hers.get_by_role("log").get_by_text(re.compile("加.*30 分钟|30 分钟"))).to_have_count(2)
    expect(hers.locator(".chat-head")).to_contain_text("预付 105 分钟 · ¥35")

    open_offers(his)
    expect(at_one_tap.get_by_role("button", name="用这张卡付")).to_be_visible()
    hers.get_by_role("button", name="结束").click()
    hers.get_by_role("dialog").get_by_role("button", name="结束").click()
    expect(at_one_tap).to_be_hidden()
    expect(his.locator("#toasts")).to_contain_text("这一单刚刚结束了")
    assert check_books() == []
