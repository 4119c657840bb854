"""A meal on two phones, from the search to the reviews."""

import re

import pytest
from playwright.sync_api import Page, expect

from bookings.models import Booking, State
from payments.services.books import check_books
from tests.bookings.absence import age
from tests.browser.steps import heard_by, pass_code, pay, pick_a_time, review
from tests.orders import MINUTE
from tests.papers import identify
from tests.visits import a_place, due_in
from tests.waiting import until


@pytest.fixture
def dining(db):
    return a_place("ruby", kind="dining")


def test_a_meal_from_the_search_to_the_reviews(phone, client_user, dining):
    identify(client_user)
    his, hers = phone(client_user), phone(dining.companion.user)
    complaints = heard_by(his)
    his.goto("/browse/?kind=dining&city=上海")
    his.get_by_role("link", name="ruby").first.click()
    pick_a_time(his)
    tell(his)
    pay(his)
    booking = until(lambda: Booking.objects.filter(state=State.REQUESTED).first(), what="the payment")

    hers.goto(f"/bookings/{booking.pk}/")
    for words in ("外婆家", "淮海中路 999 号", "客人请客", "不要香菜"):
        expect(hers.get_by_role("main")).to_contain_text(words)
    hers.get_by_role("button", name="接单").click()
    expect(hers.get_by_role("main")).to_contain_text("约好了")
    due_in(booking, 5)
    for page in (his, hers):
        page.goto(f"/bookings/{booking.pk}/")
        page.get_by_role("button", name="我到了").click()
    expect(his.get_by_role("main")).to_contain_text(re.compile(r"ruby到了.*\d\d:\d\d"))
    pass_code(hers, his, "开始计时")
    age(booking, 20 * MINUTE)
    pass_code(hers, his, "结束订单")
    until(lambda: Booking.objects.get().state == State.SETTLED, seconds=20, what="the settling")
    his.goto(f"/bookings/{booking.pk}/receipt/")
    for sum in ("¥60", "¥20", "¥40"):
        expect(his.get_by_role("main")).to_contain_text(sum)
    review(his, booking.pk, "聊得很开心。")
    review(hers, booking.pk, "很守时。")
    his.goto(f"/listings/{dining.pk}/")
    expect(his.locator(".review")).to_contain_text("聊得很开心")
    assert complaints == [] and check_books() == []


def fill_in(page: Page, venue: str = "外婆家") -> None:
    page.get_by_label("餐厅、咖啡馆或公园").fill(venue)
    page.get_by_label("区", exact=True).fill("徐汇区")
    page.get_by_label("地址").fill("淮海中路 999 号 5 楼")
    page.get_by_label("客人请客").check()
    page.get_by_label("爱吃什么").fill("清淡、不要香菜")
    page.get_by_label("这里当时对外营业").check()


def tell(page: Page) -> None:
    fill_in(page, "我家")
    page.get_by_role("button", name="去付款").click()
    expect(page.get_by_role("alert")).to_contain_text("餐厅、咖啡馆或公园")
    expect(page.get_by_label("爱吃什么")).to_have_value("清淡、不要香菜")
    page.get_by_label("餐厅、咖啡馆或公园").fill("外婆家")
    page.get_by_role("button", name="去付款").click()
