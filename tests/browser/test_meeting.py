"""Two who meet: the code that starts the clock and the one that stops it; and what it costs not to come."""

import re

import pytest
from playwright.sync_api import Page, expect

from bookings import services
from bookings.models import Booking, Segment, State
from payments.models import Refund
from payments.services.books import check_books
from tests.browser.steps import heard_by, pay
from tests.orders import rewrite
from tests.papers import identify
from tests.visits import a_place, another, ask_for, due_in, near, together
from tests.waiting import until


@pytest.fixture
def clinic(db):
    return a_place("shen")


def test_they_start_and_end_with_a_code(phone, client_user, clinic):
    booking = near(client_user, clinic)
    his, hers = phone(client_user), phone(booking.companion)
    for page in (his, hers):
        page.goto(f"/bookings/{booking.pk}/")
    hers.get_by_role("button", name="我到了").click()
    expect(his.get_by_role("main")).to_contain_text("shen到了")
    digits = his.locator(".code-digits").inner_text()

    type_code(hers, another(digits), "开始计时")
    expect(hers.get_by_role("main")).to_contain_text("码不对")
    assert not Segment.objects.exists()
    type_code(hers, digits, "开始计时")
    until(lambda: again(booking).state == State.LIVE, what="the clock to start")

    # Her page goes on by itself.
    hers.get_by_role("button", name="请求加时半小时").click()
    expect(hers.get_by_role("main")).to_contain_text("请求加时", use_inner_text=True)
    expect(hers.get_by_role("main")).to_contain_text("客人同意并付款之前，不会多算")
    his.goto(f"/chat/{booking.pk}/")
    his.get_by_role("button", name="加时", exact=True).click()
    his.get_by_role("dialog").get_by_role("button", name="这次不加了").click()
    expect(his.get_by_text("好的，这次不加了。如果你刚刚付过，会全部退回。")).to_be_visible()
    expect(his.locator("#more-dialog")).to_be_hidden()
    expect(his.locator("#asked-here")).to_be_empty()
    expect(hers.get_by_role("main")).to_contain_text("没有加这 30 分钟", use_inner_text=True)
    expect(hers.get_by_role("main")).not_to_contain_text("客人同意并付款之前")

    hers.get_by_role("button", name="请求加时半小时").click()
    here = his.locator("#asked-here")
    expect(here.get_by_role("link", name="加时 ¥40")).to_be_visible()
    here.get_by_role("button", name="这次不加了").click()
    expect(here).to_be_empty()
    expect(hers.get_by_role("main")).not_to_contain_text("客人同意并付款之前")
    his.goto(f"/bookings/{booking.pk}/")
    expect(his.get_by_role("main")).to_contain_text("30 分钟")
    end = his.locator(".code-digits").inner_text()
    assert end != digits
    type_code(hers, end, "结束订单")
    until(lambda: again(booking).state in (State.ENDED, State.SETTLED), what="the end")
    expect(his.get_by_role("main")).to_contain_text("¥300")


def test_her_page_is_renewed_around_the_code_without_a_refused_style(phone, client_user, clinic):
    """What something in the browser has styled by itself is not written into the new part: the policy refuses that."""
    booking = near(client_user, clinic)
    his, hers = phone(client_user), phone(booking.companion)
    complaints = heard_by(hers)
    for page in (his, hers):
        page.goto(f"/bookings/{booking.pk}/")
    hers.evaluate("document.getElementById('digits').style.caretColor = 'red'")
    his.get_by_role("button", name="我到了").click()
    expect(hers.get_by_role("main")).to_contain_text("到的")
    assert complaints == []


def test_on_the_page_of_a_visit_both_are_told_when_little_is_left(phone, client_user, clinic):
    """The clock is set near each mark by hand: nobody waits four hours for a test."""
    booking = together(client_user, clinic)
    his, hers = phone(client_user), phone(booking.companion)
    for minutes, words in ((5, "还剩 5 分钟"), (1, "还剩 1 分钟")):
        only_left(booking, minutes * 60_000 + 5000)
        for page in (his, hers):
            page.goto(f"/bookings/{booking.pk}/")
        for page in (his, hers):
            expect(page.locator("#toasts")).to_contain_text(words)
    expect(his.locator("#toasts")).not_to_contain_text("5 分钟")


def only_left(booking: Booking, left_ms: int) -> None:
    change = "live_since_ms = now_ms - granted_ms + %(left)s, due_ms = now_ms + %(left)s"
    rewrite(change, only="id = %(pk)s", left=left_ms, pk=booking.pk)


def test_he_cancels_late_and_gets_just_what_the_page_said(phone, client_user, clinic, stand_in):
    identify(client_user)
    his = phone(client_user)
    booking = ask_for(client_user, clinic)
    his.goto(f"/bookings/{booking.pk}/")
    his.get_by_role("button", name=re.compile("付款")).click()
    pay(his)
    until(lambda: again(booking).state == State.REQUESTED, what="the payment")
    services.accept(booking=booking, by=booking.companion)
    due_in(booking, minutes=180)

    his.goto(f"/bookings/{booking.pk}/")
    his.get_by_role("link", name="取消这一单").click()
    dialog = his.get_by_role("dialog")
    expect(dialog).to_contain_text("¥240")
    expect(dialog).to_contain_text("¥60")
    dialog.get_by_role("button", name="确认取消").click()
    until(lambda: Refund.objects.filter(status="succeeded").exists(), seconds=20, what="the refund")
    assert [refund["amount"] for refund in stand_in.refunds()] == [24_000]
    expect(his.get_by_role("main")).to_contain_text("¥240")
    assert check_books() == []


def type_code(page: Page, digits: str, button: str) -> None:
    page.get_by_label(re.compile("码")).fill(digits)
    page.get_by_role("button", name=button).click()


def again(booking: Booking) -> Booking:
    return Booking.objects.get(pk=booking.pk)


def test_half_a_code_stays_while_the_page_goes_on(phone, client_user, clinic):
    booking = near(client_user, clinic)
    his, hers = phone(client_user), phone(booking.companion)
    for page in (his, hers):
        page.goto(f"/bookings/{booking.pk}/")
    hers.locator("#digits").fill("123")
    his.get_by_role("button", name="我到了").click()
    expect(hers.get_by_role("main")).to_contain_text(re.compile(r"lin到了"))
    expect(hers.locator("#digits")).to_have_value("123")
