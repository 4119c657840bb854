"""The main job, lived through by two people on two phones, against everything that runs in production."""

import re

import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import Page, expect

from accounts.models import User
from bookings.models import Booking, State
from payments.models import Refund, Transfer
from payments.services.books import check_books
from tests.browser.steps import hears, order, pay, say
from tests.cast import PASSWORD
from tests.orders import rewrite
from tests.stand_in import DECLINED_CARD
from tests.waiting import until

MINUTE_MS = 60_000


def sign_in(page: Page, user: User) -> None:
    # The web process knows only the product's own password hash, not the quick one of the tests.
    User.objects.filter(pk=user.pk).update(password=make_password(PASSWORD, hasher="pbkdf2_sha256"))
    page.goto("/accounts/login/")
    page.get_by_label("电子邮件").fill(user.email)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="登录").click()
    expect(page).not_to_have_url(re.compile("login"))


def booking_of(client) -> Booking:
    return Booking.objects.select_related("terms").get(client=client)


def settled(client) -> Booking:
    until(lambda: booking_of(client).state == State.SETTLED, seconds=30, what="the settlement")
    return booking_of(client)


def refunded(booking: Booking, amount: int, stand_in) -> None:
    """All that was not used is back, in our books and at Stripe."""
    until(lambda: Refund.objects.filter(ref=booking.pk, status="succeeded").exists(), seconds=20, what="the refund")
    assert list(Refund.objects.filter(ref=booking.pk).values_list("amount", flat=True)) == [amount]
    assert [(refund["amount"], refund["status"]) for refund in stand_in.refunds()] == [(amount, "succeeded")]
    assert check_books() == []


@pytest.fixture
def at_work(phone, companion) -> Page:
    """The companion's phone with her workbench open: that is what makes her online."""
    page = phone(companion)
    page.goto("/bookings/workbench/")
    return page


@pytest.fixture
def visitor(phone, client_user) -> Page:
    return phone(client_user)


def test_a_client_is_kept_company_billed_by_the_minute_and_has_the_rest_back(
    phone, at_work, client_user, listing, stand_in
):
    visitor = phone()
    sign_in(visitor, client_user)
    order(visitor, listing.companion.display_name)
    pay(visitor)
    at_work.get_by_role("button", name="接单").click()
    hears(visitor, "接单")
    say(at_work, "我在。慢慢说。")
    hears(visitor, "我在。慢慢说。")
    say(visitor, "又被领导骂了")
    hears(at_work, "又被领导骂了")
    say(at_work, "换谁都会堵得慌。")
    hears(visitor, "换谁都会堵得慌。")

    booking = booking_of(client_user)
    minute = Transfer.objects.filter(ref=booking.pk, kind="minute")
    until(minute.exists, seconds=120, what="a whole minute to pass and be billed")
    assert minute.get().amount == booking.terms.price_fen // 60

    visitor.get_by_role("button", name="结束").click()
    visitor.get_by_role("dialog").get_by_role("button", name="结束").click()
    booking = settled(client_user)
    assert booking.billed_min == 1
    refunded(booking, 1000 - 33, stand_in)
    visitor.goto(f"/bookings/{booking.pk}/receipt/")
    expect(visitor.get_by_role("main")).to_contain_text("¥9.67")
    expect(visitor.get_by_role("main")).to_contain_text("聊了 1 分钟")


def test_the_prepayment_runs_out_and_the_chat_closes(visitor, at_work, client_user, listing, stand_in):
    order(visitor, listing.companion.display_name)
    pay(visitor)
    at_work.get_by_role("button", name="接单").click()
    say(at_work, "我在")
    hears(visitor, "我在")
    let_all_but_three_seconds_pass()
    visitor.reload()
    expect(visitor.get_by_role("textbox", name="消息")).to_be_hidden()
    booking = settled(client_user)
    assert (booking.billed_min, booking.closed_ms) == (30, booking.granted_ms)
    assert not Refund.objects.exists()
    assert check_books() == []


def test_nobody_accepts_and_all_the_money_comes_back(visitor, client_user, listing, at_work, stand_in):
    order(visitor, listing.companion.display_name)
    pay(visitor)
    expect(at_work.get_by_role("button", name="接单")).to_be_visible()
    let_the_acceptance_expire()
    until(lambda: booking_of(client_user).state == State.EXPIRED, what="the expiry")
    refunded(booking_of(client_user), 1000, stand_in)
    expect(visitor.get_by_role("main")).to_contain_text("¥10")
    expect(at_work.get_by_role("button", name="接单")).to_be_hidden()


def test_a_declined_card_is_told_on_the_booking_and_can_be_tried_again(
    visitor, at_work, client_user, listing, stand_in
):
    order(visitor, listing.companion.display_name)
    pay(visitor, DECLINED_CARD)
    expect(visitor.get_by_role("alert")).to_be_visible()
    visitor.get_by_role("link", name="取消，返回商家").click()
    expect(visitor.get_by_role("main")).to_contain_text("没有扣款")
    visitor.get_by_role("button", name=re.compile("付款")).click()
    pay(visitor)
    expect(at_work.get_by_role("button", name="接单")).to_be_visible()
    assert booking_of(client_user).state == State.REQUESTED
    assert check_books() == []


def test_who_closes_the_browser_after_paying_has_paid(visitor, at_work, client_user, listing, stand_in):
    order(visitor, listing.companion.display_name)
    visitor.route(re.compile("/returned/"), lambda route: route.abort())
    pay(visitor)
    visitor.close()
    expect(at_work.get_by_role("button", name="接单")).to_be_visible()
    assert booking_of(client_user).state == State.REQUESTED


def let_all_but_three_seconds_pass() -> None:
    rewrite("live_since_ms = now_ms - granted_ms + 3000, due_ms = now_ms")


def let_the_acceptance_expire() -> None:
    rewrite("due_ms = now_ms")
