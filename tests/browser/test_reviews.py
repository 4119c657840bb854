"""Two people review each other on their phones: by keyboard and without script."""

import pytest
from playwright.sync_api import expect

from bookings import services
from bookings.models import Booking, Review
from tests.cast import a_user
from tests.orders import talked


@pytest.fixture
def over(client_user, listing) -> Booking:
    return talked(client_user, listing)


def shown(listing, count: int) -> list[Review]:
    said = []
    for number in range(count):
        booking = talked(a_user(f"guest{number}"), listing)
        services.write_review(booking=booking, by=booking.companion, stars=5, text="很有礼貌。")
        said.append(services.write_review(booking=booking, by=booking.client, stars=4, text="听得很认真。"))
    return said


def test_stars_by_keyboard_and_both_appear_together(phone, over, client_user, companion, listing):
    his, hers = phone(client_user), phone(companion)
    his.goto(f"/bookings/{over.pk}/receipt/")
    his.locator("#stars-1").focus()
    for _ in range(3):
        his.keyboard.press("ArrowRight")
    expect(his.locator("#stars-4")).to_be_checked()
    his.locator("#review textarea").fill("听得很认真。")
    his.locator("#review button[type=submit]").press("Enter")
    expect(his.locator("#review .badge.wait")).to_be_visible()

    hers.goto(f"/listings/{listing.pk}/")
    expect(hers.locator(".review")).to_have_count(0)
    hers.goto(f"/bookings/{over.pk}/receipt/")
    hers.locator("label[for=stars-5]").click()
    hers.locator("#review button[type=submit]").click()
    expect(hers.locator("#review")).to_contain_text("听得很认真。")
    hers.goto(f"/listings/{listing.pk}/")
    expect(hers.locator(".review")).to_contain_text("听得很认真。")


def test_more_reviews_come_in_place_and_take_the_focus(phone, listing):
    shown(listing, 7)
    page = phone()
    page.goto(f"/listings/{listing.pk}/")
    expect(page.locator(".review")).to_have_count(5)
    page.locator(".review-more a").press("Enter")
    expect(page.locator(".review")).to_have_count(7)
    expect(page.locator(".review").nth(5)).to_be_focused()


def test_without_script_it_works_too(phone, over, client_user, listing):
    shown(listing, 6)
    page = phone(client_user, java_script_enabled=False)
    page.goto(f"/bookings/{over.pk}/receipt/")
    page.locator("label[for=stars-2]").click()
    page.locator("#review button[type=submit]").click()
    expect(page.locator("#review .badge.wait")).to_be_visible()
    page.goto(f"/listings/{listing.pk}/")
    page.locator(".review-more a").click()
    expect(page.locator(".review")).to_have_count(1)
