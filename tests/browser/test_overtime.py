"""A visit that takes longer, on two phones: asked for, paid before it runs, and billed by the half hour begun."""

import re

from django.utils.timezone import localtime
from playwright.sync_api import Page, expect

from bookings.models import Booking, State
from common.clock import moment
from payments.models import Refund
from payments.services.books import check_books
from tests.bookings.absence import age
from tests.browser.steps import heard_by, pass_code, pay
from tests.orders import MINUTE
from tests.visits import a_place, bought, code, due_in, enter
from tests.waiting import until

ANOTHER_CARD = "5555555555554444"
INCLUDED_MIN, SERVED_MIN = 240, 250


def test_two_half_hours_are_paid_first_and_the_one_that_never_began_goes_back(phone, client_user, stand_in):
    booking = due_in(bought(client_user, a_place("shen"), stand_in), 5)
    booking = enter(booking, code(booking))
    his, hers = phone(client_user), phone(booking.companion)
    complaints = [heard_by(page) for page in (his, hers)]
    for page in (his, hers):
        page.goto(f"/bookings/{booking.pk}/")
    paid_until(hers, booking, INCLUDED_MIN)

    ask(hers)
    expect(main(his)).to_contain_text("shen想加 30 分钟，¥40。你付款之前，不会多算一分钟。")
    his.get_by_role("link", name="加时 ¥40").click()
    paid_until(hers, booking, INCLUDED_MIN)
    with his.context.expect_page() as opened:
        his.get_by_role("button", name="换张卡，或用支付宝、微信").click()
    pay(opened.value, ANOTHER_CARD)
    paid_until(hers, booking, INCLUDED_MIN + 30)
    opened.value.close()

    his.goto(f"/bookings/{booking.pk}/")
    ask(hers)
    his.get_by_role("link", name="加时 ¥40").click()
    his.get_by_role("button", name=re.compile("付 ¥40")).click()
    paid_until(hers, booking, INCLUDED_MIN + 60)

    age(booking, SERVED_MIN * MINUTE)
    for page in (his, hers):
        page.goto(f"/bookings/{booking.pk}/")
    pass_code(hers, his, "结束订单")
    until(lambda: Booking.objects.get().state == State.SETTLED, seconds=20, what="the settling")
    until(lambda: Refund.objects.filter(status="succeeded").exists(), seconds=20, what="the refund")
    for page in (his, hers):
        page.goto(f"/bookings/{booking.pk}/receipt/")
        reads(page, "一次 含 4 小时 ¥300", "加时，1 个半小时 每个 ¥40 ¥40", "按开始的半小时计")
    reads(his, "预付 300 分钟 ¥380", "退回 ¥40")
    reads(hers, "平台服务费 ¥51", "你的收入 ¥289", "没用完的 ¥40 退给客人")
    assert [refund["amount"] for refund in stand_in.refunds()] == [4000]
    assert not any(complaints) and check_books() == []


def main(page: Page):
    return page.get_by_role("main")


def reads(page: Page, *words: str) -> None:
    for each in words:
        expect(main(page)).to_contain_text(each, use_inner_text=True)


def ask(page: Page) -> None:
    page.get_by_role("button", name="请求加时半小时").click()
    expect(main(page)).to_contain_text("客人同意并付款之前，不会多算")


def paid_until(page: Page, booking: Booking, minutes: int) -> None:
    """Her page says by itself how long is paid for, counted from the start of the clock; and so it is."""
    until(lambda: Booking.objects.get().granted_ms == minutes * MINUTE, what=f"{minutes} minutes")
    until_then = localtime(moment(booking.live_since_ms + minutes * MINUTE))
    expect(main(page)).to_contain_text(f"已付到 {until_then:%H:%M}")
