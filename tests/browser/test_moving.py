"""Another time for an appointment, on two phones: proposed, agreed, and both pages follow by themselves."""

import re

from playwright.sync_api import Page, expect

from bookings.models import Booking
from payments.services.books import check_books
from tests.browser.steps import heard_by
from tests.browser.test_appointment import pick_the_first
from tests.cast import a_week
from tests.moves import proposed
from tests.orders import appointed, on_the_half_hour
from tests.visits import a_place, agreed
from tests.waiting import until


def open_it(page: Page, booking: Booking) -> None:
    page.goto(f"/bookings/{booking.pk}/")
    expect(page.get_by_role("main")).to_contain_text("约好了")


def test_they_agree_on_another_time_and_both_pages_follow(phone, client_user, listing):
    a_week(listing.companion)
    booking = appointed(client_user, listing)
    his, hers = phone(client_user), phone(booking.companion)
    complaints = [*heard_by(his), *heard_by(hers)]
    for page in (his, hers):
        open_it(page, booking)
    sums = his.locator("[aria-labelledby=sums-title]").inner_text()

    his.get_by_role("link", name="改时间").click()
    his.locator("a.slot-day").nth(4).click()
    expect(his.locator("a.slot-day").nth(4)).to_have_attribute("aria-current", "date")
    pick_the_first(his)
    his.get_by_role("button", name="提出改到这个时间").click()
    expect(his.get_by_role("main")).to_contain_text("你提出改时间")

    expect(hers.get_by_role("main")).to_contain_text("lin 想改个时间")
    hers.get_by_role("button", name="改到新时间").click()
    expect(hers.get_by_role("main")).to_contain_text("说好了，就按新的时间")
    expect(his.get_by_role("main")).not_to_contain_text("你提出改时间")
    after = Booking.objects.get(pk=booking.pk)
    assert after.starts_ms != booking.starts_ms
    new = f"{after.starts_at.astimezone():%H:%M}"
    for page in (his, hers):
        expect(page.locator(".state-card")).to_contain_text(re.compile(new))
    assert his.locator("[aria-labelledby=sums-title]").inner_text() == sums
    assert check_books(with_stripe=False) == []
    assert complaints == []


def test_where_two_meet_the_talk_says_so_and_shows_the_new_time(phone, client_user):
    booking = agreed(client_user, a_place("shen"))
    then = on_the_half_hour(80)
    his, hers = phone(client_user), phone(booking.companion)
    his.goto(f"/chat/{booking.pk}/")
    open_it(hers, booking)
    proposed(booking, booking.companion, then)
    expect(his.get_by_role("log")).to_contain_text(re.compile(r"shen 想改到 \d+月\d+日 \d\d:\d\d"))

    his.goto(f"/bookings/{booking.pk}/")
    hers.goto(f"/chat/{booking.pk}/")
    his.get_by_role("button", name="改到新时间").click()
    expect(hers.get_by_role("log")).to_contain_text("说好了，改到")
    until(lambda: Booking.objects.get(pk=booking.pk).starts_at == then, what="the new start")
    expect(hers.locator("#when")).to_contain_text(f"{then.astimezone():%H:%M}")
