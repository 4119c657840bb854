"""Each page for each person: nothing axe can find, nothing that scrolls sideways, nothing in the console."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page

from tests.browser.everywhere import everywhere, name_of, page_names

# axe reads a phone and a desk; the narrowest phone is only asked whether it has to scroll sideways.
READ_AT, NARROW = (390, 1280), 360
LANGUAGES = [("zh-CN", "light"), ("en-US", "dark")]


@pytest.mark.parametrize(("language", "scheme"), LANGUAGES)
def test_every_page_is_sound(phone, language, scheme):
    problems: list[str] = []
    seen: set[str] = set()

    def hear(message: ConsoleMessage) -> None:
        # The page that is not there is on the list on purpose.
        if message.type == "error" and "404" not in message.text:
            problems.append(f"{message.page and message.page.url} {message.text}")

    for person, addresses in everywhere():
        page = phone(person, locale=language, color_scheme=scheme)
        page.on("console", hear)
        for address in addresses:
            page.goto(address)
            problems += [f"{address} {problem}" for problem in look_at(page)]
            if address != "/nowhere/":
                seen.add(name_of(page.url))
        page.context.close()
    assert problems == []
    assert seen == page_names()


def look_at(page: Page) -> list[str]:
    found = []
    for width in READ_AT:
        page.set_viewport_size({"width": width, "height": 844})
        violations = Axe().run(page).response["violations"]
        found += [f"axe at {width}: {one['id']} {one['nodes'][0]['html'][:200]}" for one in violations]
    return found + [f"scrolls sideways at {width}" for width in (NARROW, *READ_AT) if is_wider(page, width)]


def is_wider(page: Page, width: int) -> bool:
    page.set_viewport_size({"width": width, "height": 844})
    return page.evaluate("document.documentElement.scrollWidth") > width
