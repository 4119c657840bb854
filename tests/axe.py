"""What axe finds wrong with a page."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# What passed does not come back, which is most of it; no rule that is on reads the style sheets as files.
FIND = "() => axe.run({resultTypes: ['violations'], preload: false}).then((found) => found.violations)"


def violations(page: Page) -> list[str]:
    """The rule and the first element that breaks it, of each rule that one does. As wide as the page is now."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return [f"{one['id']} {one['nodes'][0]['html'][:200]}" for one in page.evaluate(FIND)]
