"""A time that two want, and the appointment that came of it, lived through on three phones."""

import re

from playwright.sync_api import Page, expect

from bookings import services
from bookings.models import Booking, State
from common.clock import database_now_ms
from payments.services.books import check_books
from tests.browser.steps import hears, pay, say
from tests.cast import a_week
from tests.orders import MINUTE, appointed, rewrite, starts_move_freely
from tests.visits import a_place, agreed
from tests.waiting import until


def choose_a_time(page: Page, listing) -> str:
    """Opens her free times and picks the first of the second day; returns it."""
    page.goto(f"/listings/{listing.pk}/")
    page.get_by_role("link", name="选个时间").click()
    page.locator("a.slot-day").nth(1).click()
    expect(page.locator("a.slot-day").nth(1)).to_have_attribute("aria-current", "date")
    return pick_the_first(page)


def pick_the_first(page: Page) -> str:
    first = page.locator("input[name=starts_at]").first
    # On its words, as people do.
    page.locator("label.pick").filter(has=page.locator("[name=starts_at]")).first.click()
    expect(first).to_be_checked()
    return first.get_attribute("value")


def let_its_time_come() -> None:
    with starts_move_freely():
        rewrite("starts_ms = now_ms, due_ms = now_ms", only="state = 'accepted'")


def test_a_time_booked_a_second_before_is_told_and_the_next_one_is_kept(
    phone, client_user, other_client, companion, listing, stand_in
):
    a_week(listing.companion)
    faster, slower, at_work = phone(other_client), phone(client_user), phone(companion)
    wanted = choose_a_time(faster, listing)
    assert choose_a_time(slower, listing) == wanted
    faster.get_by_role("button", name="去付款").click()
    expect(faster.get_by_role("button", name=re.compile("支付"))).to_be_visible()

    slower.get_by_role("button", name="去付款").click()
    expect(slower.get_by_role("main")).to_contain_text("没有扣款")
    expect(slower.locator(f"input[value='{wanted}']")).to_have_count(0)
    assert Booking.objects.filter(client=client_user).count() == 0

    pick_the_first(slower)
    slower.get_by_role("button", name="去付款").click()
    pay(slower)
    expect(slower.get_by_role("main")).to_contain_text("时间为你留着")
    at_work.goto("/bookings/workbench/")
    at_work.get_by_role("button", name="接单").click()
    expect(at_work.get_by_role("main")).to_contain_text("接下来")
    slower.reload()
    expect(slower.get_by_role("main")).to_contain_text("约好了")

    let_its_time_come()
    booking = Booking.objects.get(client=client_user)
    # The page goes there by itself.
    expect(slower).to_have_url(re.compile(f"/chat/{booking.pk}/"))
    at_work.goto(f"/chat/{booking.pk}/")
    say(at_work, "到点了，我在。")
    hears(slower, "到点了，我在。")
    until(lambda: Booking.objects.get(client=client_user).state == State.LIVE, what="the clock to start")
    assert check_books() == []


def test_the_composer_asks_for_first_words_from_the_agreed_time_on(phone, client_user, listing):
    """By the page itself: the server, whose clock nobody moves here, does not get a word in."""
    a_week(listing.companion)
    booking = appointed(client_user, listing)
    soon = {"starts_ms": database_now_ms() + 5 * MINUTE, "due_ms": database_now_ms()}
    with starts_move_freely():
        Booking.objects.filter(pk=booking.pk).update(**soon)
    services.run_due()
    hers = phone(booking.companion)
    hers.clock.install()
    hers.route_web_socket("**/ws/", lambda silent: None)
    hers.goto(f"/chat/{booking.pk}/")
    words = hers.get_by_role("textbox", name="消息")
    expect(words).to_have_attribute("placeholder", "消息")
    hers.clock.run_for(5 * MINUTE)
    expect(words).to_have_attribute("placeholder", "说第一句话，就开始计时")


def test_where_two_meet_no_words_start_the_clock(phone, client_user):
    booking = agreed(client_user, a_place("shen"))
    hers = phone(booking.companion)
    hers.goto(f"/chat/{booking.pk}/")
    expect(hers.get_by_role("textbox", name="消息")).to_have_attribute("placeholder", "消息")
