"""What axe finds wrong with a page."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, Page

# What passed does not come back, which is most of it; no rule that is on reads the style sheets as files.
FIND = """() => 'axe' in window
    && axe.run({resultTypes: ['violations'], preload: false}).then((found) => found.violations)"""


def bring_along(context: BrowserContext) -> None:
    """Each page that is opened from now on has axe with it: half a megabyte that need not be handed to each anew."""
    context.add_init_script(AXE_SCRIPT)


def violations(page: Page) -> list[str]:
    """The rule and the first element that breaks it, of each rule that one does. As wide as the page is now."""
    found = page.evaluate(FIND)
    if found is False:
        page.evaluate(AXE_SCRIPT)
        found = page.evaluate(FIND)
    return [f"{one['id']} {one['nodes'][0]['html'][:200]}" for one in found]
