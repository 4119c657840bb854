"""Each page for each person: nothing axe can find, nothing that scrolls sideways, nothing in the console."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page

from accounts import services as accounts
from bookings import services as bookings
from listings import services as listings
from moderation.models import ReviewCase
from tests.cast import a_text, a_user
from tests.orders import live, requested, settle
from tests.papers import a_complete_application, a_submitted_application

WIDTHS = [360, 390, 1280]
LANGUAGES = [("zh-CN", "light"), ("en-US", "dark")]


@pytest.fixture
def pages(client_user, other_client, companion, listing, moderator) -> dict:
    """By person the addresses he can open, with something on each."""
    waiting = requested(other_client, listing)
    over = live(a_user("sun"), listing)
    bookings.end(booking=over, by=over.client)
    settle(over)
    running = live(client_user, listing)
    listings.submit_listing(by=companion, text=a_text(headline="换一句话说自己"), listing=listing)
    case = ReviewCase.objects.get()
    listings.keep(by=other_client, listing=listing)
    listings.watch(by=other_client, companion=listing.companion)
    accounts.block(by=other_client, other=over.client, known_as="sun")
    browse = [
        "/",
        "/browse/",
        "/browse/?q=没有人",
        f"/listings/{listing.pk}/",
        f"/listings/{listing.pk}/share/",
        "/terms/",
        "/privacy/",
        "/safety/",
    ]
    return {
        None: [*browse, "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/nowhere/"],
        client_user: [
            "/bookings/",
            "/me/",
            f"/chat/{running.pk}/",
            f"/bookings/{running.pk}/",
            f"/listings/{listing.pk}/",
        ],
        other_client: [f"/bookings/{waiting.pk}/", "/me/favourites/", "/me/watches/", "/me/blocks/"],
        over.client: [f"/bookings/{over.pk}/", f"/bookings/{over.pk}/receipt/", f"/chat/{over.pk}/"],
        companion: ["/bookings/workbench/", "/listings/", f"/listings/{listing.pk}/edit/", "/listings/profile/"],
        **applying(),
        moderator: ["/moderation/", f"/moderation/{case.pk}/", f"/moderation/{case.pk + 1}/"],
    }


def applying() -> dict:
    """People at each point of an application."""
    steps = [f"/apply/{step}/" for step in ("who", "offer", "identity", "certificates", "rules")]
    complete = a_complete_application("xue", kinds=("clinic",)).companion.user
    waiting = a_submitted_application("yun").companion.user
    return {
        a_user("an"): ["/apply/", "/identity/"],
        complete: ["/apply/", *steps, "/certificates/"],
        waiting: ["/apply/", "/listings/", "/listings/new/"],
    }


@pytest.mark.parametrize(("language", "scheme"), LANGUAGES)
def test_every_page_is_sound(phone, pages, language, scheme):
    problems: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        # The page that is not there is on the list on purpose.
        if message.type == "error" and "404" not in message.text:
            problems.append(f"{message.page and message.page.url} {message.text}")

    for person, addresses in pages.items():
        page = phone(person, locale=language, color_scheme=scheme)
        page.on("console", hear)
        for address in addresses:
            page.goto(address)
            problems += [f"{address} {problem}" for problem in look_at(page)]
    assert problems == []


def look_at(page: Page) -> list[str]:
    report = Axe().run(page)
    violations = report.response["violations"]
    found = [f"axe: {violation['id']} {violation['nodes'][0]['html'][:200]}" for violation in violations]
    return found + [f"scrolls sideways at {width}" for width in WIDTHS if is_wider(page, width)]


def is_wider(page: Page, width: int) -> bool:
    page.set_viewport_size({"width": width, "height": 844})
    return page.evaluate("document.documentElement.scrollWidth") > width
