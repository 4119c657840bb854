"""A table for three who share it, on four phones: ordered, joined by the invitation, paid by each, served."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from bookings.models import Booking, State
from listings.models import Listing
from parties import services
from payments.models import Refund
from payments.services.books import check_books
from tests.bookings.absence import age
from tests.browser.steps import pass_code, pay, pick_a_time
from tests.browser.test_meal import fill_in
from tests.moves import proposed
from tests.orders import MINUTE
from tests.papers import identify
from tests.parties.tables import a_guest, a_table
from tests.visits import a_place, due_in
from tests.waiting import until


@pytest.fixture
def dining(db):
    return a_place("ruby", kind="dining")


def test_three_share_a_table(phone, client_user, dining):
    identify(client_user)
    his = phone(client_user)
    share_with(his, dining, people=3)
    expect(his.get_by_role("main")).to_contain_text("你的那份付了，还差别人的")
    his.get_by_role("link", name="邀请他们").click()
    invitation = his.get_by_label("页面地址").input_value()
    his.get_by_role("link", name="看订单").click()

    one, two = (phone(a_guest(name)) for name in ("阿明", "小周"))
    for guest in (one, two):
        join(guest, invitation)
    for page in (his, one, two):
        expect(page.get_by_role("main")).to_contain_text("等待接单")

    hers = phone(dining.companion.user)
    hers.goto("/bookings/workbench/")
    for words in ("一共来 3 个人", "阿明", "小周"):
        expect(hers.get_by_role("main")).to_contain_text(words)
    hers.get_by_role("button", name="接单").click()
    booking = Booking.objects.get()
    all_agree_to_another_time(his, hers, [one, two], booking)
    due_in(booking, 5)
    for page in (his, hers):
        page.goto(f"/bookings/{booking.pk}/")
    pass_code(hers, his, "开始计时")
    age(booking, 20 * MINUTE)
    pass_code(hers, his, "结束订单")
    until(lambda: Booking.objects.get().state == State.SETTLED, seconds=20, what="the settling")
    backs = until(lambda: Refund.objects.filter(status="succeeded").count() == 3 and Refund.objects.all(), what="money")
    assert sorted(refund.amount for refund in backs) == [1333, 1333, 1334]
    one.goto(f"/parties/{booking.pk}/")
    expect(one.get_by_role("main")).to_contain_text(re.compile("¥13.3"))
    assert check_books() == []


def test_who_ordered_pays_for_who_does_not_come(phone, client_user, dining):
    identify(client_user)
    his = phone(client_user)
    share_with(his, dining, people=2)
    # The card he has just paid his part with.
    expect(his.get_by_role("main")).to_contain_text("剩下的我全付：¥30")
    his.get_by_role("button", name="用 Visa •••• 4242 付 ¥30").click()
    expect(his.get_by_role("main")).to_contain_text("等待接单")
    assert check_books() == []


def test_a_friend_without_an_account_reads_what_it_is_signs_up_and_comes_back(phone, client_user, dining):
    table = a_table(client_user, dining, 2)
    page, invitation = phone(), urlsplit(services.invitation(table)).path
    page.goto(invitation)
    for words in ("lin邀请你", "ruby", "上海 徐汇区", "你的那份大约 ¥30", "审核最多要一天"):
        expect(page.get_by_role("main")).to_contain_text(words)
    expect(page.get_by_role("main")).not_to_contain_text("外婆家")
    page.get_by_role("link", name="注册").click()
    told = {"email": "ming@example.com", "password1": "yi-ge-hao-mima", "display_name": "阿明"}
    for name, value in {**told, "birth_date": "1995-06-01"}.items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="注册").click()
    page.wait_for_url(f"**{invitation}")
    page.get_by_role("link", name="去认证身份").click()
    expect(page.get_by_role("heading", name="实名认证")).to_be_visible()


def all_agree_to_another_time(his: Page, hers: Page, guests: list[Page], booking: Booking) -> None:
    his.goto(f"/bookings/{booking.pk}/")
    move = proposed(booking, booking.client)
    hers.get_by_role("button", name="改到新时间").click()
    for number, page in enumerate(guests):
        expect(his.get_by_role("main")).to_contain_text(f"还要等另外 {len(guests) - number} 个人同意")
        page.goto(f"/parties/{booking.pk}/")
        page.get_by_role("button", name="改到新时间").click()
    expect(guests[-1].get_by_role("main")).to_contain_text("说好了，就按新的时间")
    expect(his.get_by_role("main")).not_to_contain_text("你提出改时间")
    assert Booking.objects.get().starts_ms == move.to_ms


def share_with(page: Page, dining: Listing, *, people: int) -> None:
    """Orders a table and pays his own part."""
    page.goto(f"/listings/{dining.pk}/")
    pick_a_time(page)
    fill_in(page)
    page.get_by_label(f"{people} 个人").check()
    page.get_by_label("大家平摊").check()
    page.get_by_role("button", name="去付款").click()
    pay(page)


def join(page: Page, invitation: str) -> None:
    page.goto(invitation)
    expect(page.get_by_role("main")).to_contain_text("你的那份大约 ¥20")
    page.get_by_role("button", name="加入并付我的那份").click()
    pay(page)
    expect(page.get_by_role("heading", name="你的座位")).to_be_visible()
