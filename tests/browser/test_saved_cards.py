"""A card is left on a phone with the keys alone, its bank asks once; then it books and tops up at one tap, and goes."""

import re

from playwright.sync_api import Page, expect

from bookings.models import Booking, Extension
from payments.models import Payment, SavedCard
from payments.services.books import check_books
from tests.browser.steps import heard_by, hears, order, say
from tests.cast import a_saved_card
from tests.orders import ordered
from tests.stand_in import GOOD_CARD
from tests.waiting import until

MASTERCARD = "5555555555554444"
ASKED_WHEN_SET_UP = "4000002500003155"
NAMED = re.compile(r"Visa •••• 3155")


def test_added_used_twice_and_removed(phone, client_user, companion, listing, stand_in):
    his, hers = phone(client_user), phone(companion)
    complaints = heard_by(his)
    his.goto("/me/cards/")
    add_with_the_keys(his)
    expect(his.get_by_text("Visa •••• 3155 保存好了。以后付款，点一下就行。")).to_be_visible()
    expect(his.get_by_role("listitem").filter(has_text=NAMED)).to_have_count(1)
    assert not Payment.objects.exists()

    hers.goto("/bookings/workbench/")
    order(his, listing.companion.display_name, pays=re.compile("用 Visa •••• 3155 付 ¥10"))
    expect(his).to_have_url(re.compile("/bookings/"))
    hers.get_by_role("button", name="接单").click()
    say(hers, "我在")
    hears(his, "我在")
    booking = Booking.objects.get(client=client_user)

    his.get_by_role("button", name="再聊十块钱的").click()
    his.locator("#more-dialog").get_by_role("button", name=NAMED).click()
    expect(his.get_by_text("已付款，时间加上了。")).to_be_visible()
    assert booking.extensions.get().state == Extension.State.GRANTED
    assert list(Payment.objects.values_list("status", "method").distinct()) == [("succeeded", "visa •••• 3155")]

    his.goto("/me/cards/")
    his.get_by_role("link", name=re.compile("移除")).click()
    asked = his.get_by_role("dialog", name="移除 Visa •••• 3155？")
    asked.get_by_role("button", name="留着").click()
    assert SavedCard.objects.get().removed_at is None
    press_on(his, his.get_by_role("link", name=re.compile("移除")))
    press_on(his, asked.get_by_role("button", name="移除这张卡"))
    expect(his.get_by_text("还没有保存的卡")).to_be_visible()
    until(lambda: SavedCard.objects.get().detached_at is not None, what="Stripe to forget it")
    his.goto(f"/bookings/{booking.pk}/more/")
    expect(his.get_by_role("button", name=NAMED)).to_have_count(0)
    assert complaints == [] and check_books() == []


def test_of_two_cards_one_is_chosen_with_the_keys_with_a_script_and_without(
    phone, client_user, companion, listing, stand_in
):
    his, hers = phone(client_user), phone(companion)
    complaints = heard_by(his)
    for number in (GOOD_CARD, MASTERCARD):
        his.goto("/me/cards/")
        add_with_the_keys(his, number)
        expect(his.get_by_text("保存好了")).to_be_visible()
    hers.goto("/bookings/workbench/")
    plain = phone(client_user, java_script_enabled=False)
    plain.goto(f"/listings/{listing.pk}/")
    choose_with_the_keys(plain)
    press_on(plain, plain.get_by_role("button", name="用这张卡付款"))
    expect(plain).to_have_url(re.compile("/bookings/"))
    hers.get_by_role("button", name="接单").click()
    say(hers, "我在")
    booking = Booking.objects.get(client=client_user)
    his.goto(f"/chat/{booking.pk}/")
    his.get_by_role("button", name="再聊十块钱的").click()
    # What was paid with last comes first.
    expect(his.locator("#more-dialog").get_by_label("Visa •••• 4242")).to_be_checked()
    his.locator("#more-dialog").get_by_text("Mastercard •••• 4444").click()
    his.locator("#more-dialog").get_by_role("button", name="用这张卡付 ¥").click()
    expect(his.get_by_text("已付款，时间加上了。")).to_be_visible()
    plain.goto("/me/cards/")
    plain.get_by_role("listitem").filter(has_text="Visa").get_by_role("link", name="移除").click()
    plain.get_by_role("button", name="移除这张卡").click()
    expect(plain.get_by_text("Visa •••• 4242")).to_have_count(0)
    paid = Payment.objects.filter(ref=booking.pk).order_by("seq")
    assert list(paid.values_list("card__last4", flat=True)) == ["4242", "4444"]
    assert complaints == [] and check_books() == []


def test_the_chosen_card_stays_chosen_when_the_page_has_news(phone, client_user, listing):
    for last4 in ("1111", "2222"):
        a_saved_card(client_user, last4)
    booking = ordered(client_user, listing)
    page = phone(client_user)
    page.goto(f"/bookings/{booking.pk}/")
    page.get_by_text("Visa •••• 1111").click()
    page.evaluate("document.getElementById('live-part').dataset.version = 'before'")
    page.evaluate("htmx.trigger('#live-part', 'refresh')")
    expect(page.locator("#live-part")).not_to_have_attribute("data-version", "before")
    expect(page.get_by_label("Visa •••• 1111")).to_be_checked()


def choose_with_the_keys(page: Page) -> None:
    """The newest is chosen; the arrow takes the other one."""
    expect(page.get_by_label("Mastercard •••• 4444")).to_be_checked()
    reach(page, page.get_by_label("Mastercard •••• 4444"))
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Visa •••• 4242")).to_be_checked()


def add_with_the_keys(page: Page, number: str = ASKED_WHEN_SET_UP) -> None:
    press_on(page, page.get_by_role("button", name="添加一张卡"))
    expect(page.get_by_role("heading", name="保存一张卡，方便以后付款")).to_be_visible()
    for label, typed in (("卡号", number), ("有效期", "12/40"), ("安全码", "123")):
        reach(page, page.get_by_label(label))
        page.keyboard.type(typed)
    page.keyboard.press("Enter")
    if number == ASKED_WHEN_SET_UP:
        press_on(page, page.locator("button[value=complete]"))


def press_on(page: Page, button) -> None:
    reach(page, button)
    page.keyboard.press("Enter")


def reach(page: Page, what) -> None:
    """By the tab key, as whoever has no pointer."""
    expect(what).to_be_visible()
    for _ in range(60):
        page.keyboard.press("Tab")
        if what.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"the keys do not get to {what}")
