"""The street of the home page follows by itself who is here."""

from playwright.sync_api import Page, expect

from listings import services
from listings.models import Companion
from tests.cast import a_listing


def later(page: Page) -> None:
    """Half a minute goes by on the page's own clock."""
    page.clock.run_for(30_000)


def test_who_comes_and_goes_is_seen_without_loading_the_page_again(phone, listing):
    page = phone()
    page.clock.install()
    page.goto("/")
    page.evaluate("window.samepage = true")
    street = page.locator("#here")
    expect(street).to_contain_text("shanshan")
    a_listing("liubing")
    services.set_accepting(by=listing.companion.user, on=False)
    later(page)
    expect(street).to_contain_text("liubing")
    expect(street).not_to_contain_text("shanshan")
    assert page.evaluate("window.samepage")


def test_not_under_a_finger_and_not_for_ever_after_a_failure(phone, listing):
    page = phone()
    page.clock.install()
    page.goto("/")
    street = page.locator("#here")
    street.get_by_role("link", name="shanshan").focus()
    Companion.objects.update(accepting=False)
    later(page)
    expect(street).to_contain_text("shanshan")
    page.evaluate("document.activeElement.blur()")
    page.context.set_offline(True)
    later(page)
    expect(street).to_contain_text("shanshan")
    page.context.set_offline(False)
    later(page)
    expect(street).not_to_contain_text("shanshan")
