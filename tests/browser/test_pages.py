"""Each page for each person: nothing axe can find, nothing that scrolls sideways, nothing in the console."""

import re

import pytest
from playwright.sync_api import ConsoleMessage, Page

from tests.axe import bring_along, violations
from tests.browser.everywhere import everywhere, name_of, page_names
from tests.browser.steps import sign_in

# axe reads a phone and a desk; the narrowest phone is only asked whether it has to scroll sideways.
READ_AT, NARROW = (390, 1280), 360
# A Chinese full stop brings its own space along.
TIDY = re.compile("/(chat|me/notices)/")
STRAY = "document.body.innerText.match(/.{0,9}[。！？；] +\\S.{0,9}/g) ?? []"
LANGUAGES = [("zh-CN", "light"), ("en-US", "dark")]


@pytest.mark.parametrize(("language", "scheme"), LANGUAGES)
def test_every_page_is_sound(phone, site, language, scheme):
    problems: list[str] = []
    seen: set[str] = set()

    def hear(message: ConsoleMessage) -> None:
        # What is not there, and what is there no more, are on the list on purpose.
        if message.type == "error" and not any(gone in message.text for gone in ("404", "410")):
            problems.append(f"{message.page and message.page.url} {message.text}")

    page = phone(locale=language, color_scheme=scheme)
    bring_along(page.context)
    page.on("console", hear)
    for person, addresses in everywhere():
        # What the last page still asks for would be asked for by the next person.
        page.goto("about:blank")
        sign_in(page, person, site)
        for address in addresses:
            page.goto(address)
            problems += [f"{address} {problem}" for problem in look_at(page)]
            problems += [f"{address} a space after {one}" for one in strays(page)]
            if address != "/nowhere/":
                seen.add(name_of(page.url))
    assert problems == []
    assert seen == page_names()


def strays(page: Page) -> list[str]:
    return page.evaluate(STRAY) if TIDY.search(page.url) else []


def look_at(page: Page) -> list[str]:
    found = []
    for width in (NARROW, *READ_AT):
        page.set_viewport_size({"width": width, "height": 844})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"scrolls sideways at {width}")
        found += [f"axe at {width}: {one}" for one in violations(page)] if width in READ_AT else []
    return found
