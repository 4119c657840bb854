"""Choosing a time with a thumb, from another zone, and without script."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from listings import services
from listings.days import midnight, today
from tests.cast import a_week


@pytest.fixture
def open_listing(listing):
    a_week(listing.companion)
    starts_at = midnight(today() + timedelta(days=2)) + timedelta(hours=10)
    services.take_time(
        companion=listing.companion, ref=uuid4(), starts_at=starts_at, ends_at=starts_at + timedelta(hours=1)
    )
    services.set_special_day(by=listing.companion.user, day=today() + timedelta(days=3))
    return listing


def tomorrow() -> str:
    return (today() + timedelta(days=1)).isoformat()


def choose_tomorrow(page: Page) -> None:
    page.locator(f"#slot-day-{tomorrow()}").click()
    expect(page.locator(f"#slot-day-{tomorrow()}")).to_have_attribute("aria-current", "date")


def test_a_length_then_a_day_then_a_time(phone, open_listing):
    page = phone(timezone_id="Asia/Shanghai")
    page.goto(f"/listings/{open_listing.pk}/times/")
    page.get_by_text("90", exact=False).first.click()
    expect(page.locator("#slots input[name=minutes]")).to_have_value("90")
    choose_tomorrow(page)
    expect(page.locator("#slots input[name=minutes]")).to_have_value("90")
    expect(page.locator("[data-zone-note]")).to_be_hidden()
    page.locator("label", has_text="12:00").click()
    page.locator("main button.go").click()
    expect(page).to_have_url(re.compile(f"starts_at={tomorrow()}T04%3A00%3A00Z"))


def test_a_reader_elsewhere_sees_his_own_time_too(phone, open_listing):
    page = phone(timezone_id="America/New_York")
    page.goto(f"/listings/{open_listing.pk}/times/")
    expect(page.locator("[data-zone-note]")).to_contain_text("America/New_York")
    choose_tomorrow(page)
    own = page.locator("label", has_text="12:00").first.locator("[data-elsewhere]")
    expect(own).to_contain_text(":00")
    assert page.locator("input[name=starts_at]").first.get_attribute("value").endswith("Z")


def test_without_script(phone, open_listing):
    page = phone(java_script_enabled=False)
    page.goto(f"/listings/{open_listing.pk}/times/")
    page.locator("input[name=minutes][value='60']").check(force=True)
    page.locator("[data-without-script]").click()
    choose_tomorrow(page)
    assert page.locator("#slots input[name=minutes]").input_value() == "60"


def test_hours_are_typed_and_saved_with_a_thumb(phone, listing, companion):
    page = phone(companion)
    page.goto("/listings/calendar/")
    page.locator("#add-4").click()
    page.locator("#h4-0-start").fill("22:00")
    page.locator("#h4-0-end").fill("02:00")
    expect(page.locator("[data-next-day]:visible")).to_have_count(1)
    page.locator("#hours button.go").click()
    expect(page.locator("#h4-0-start")).to_have_value("22:00")
    assert list(listing.companion.weekly_hours.values_list("weekday", "start_min", "length_min")) == [(4, 1320, 240)]
