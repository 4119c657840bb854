"""Each finance page, on a phone and at a desk, in both languages: sound, and nothing scrolls sideways, no table in it
either."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from payments import services
from payments.models import FinanceTask
from payments.services.disputes import follow_dispute
from tests.axe import bring_along, violations
from tests.browser.test_pages import LANGUAGES, NARROW, READ_AT
from tests.cast import a_finance
from tests.payments.serving import pay_day, prepaid, served, with_account, work
from tests.payments.test_disputes import disputed
from tests.payments.test_reconciling import charged_there

A_THIRD = 390 / 3
CUT = "[...document.querySelectorAll('.fin-scroll')].some((box) => box.scrollWidth > box.clientWidth)"


def at(name: str, *args: object) -> str:
    return reverse(f"admin:payments_{name}", args=args)


@pytest.fixture
def pages(stand_in, client_user, companion) -> list[str]:
    """An order whose payment is disputed after it was paid out, something that others sold, and a task."""
    with_account(stand_in, companion)
    ref = prepaid(stand_in, client_user, 4000)
    served(ref, companion, 3000)
    work()
    pay_day()
    dispute = disputed(stand_in, ref)
    charged_there(stand_in, 7000, shop="another")
    services.reconcile()
    services.open_task(FinanceTask.Kind.DEBT, key="du_1", ref=ref, note="1200 fen, balance_insufficient")
    follow_dispute(stripe_id=dispute.stripe_id)
    named = ("health", "find_story", "unmatched", "daily")
    return [*map(at, named), at("story", ref), at("dispute_accept", dispute.pk), at("dispute_change", dispute.pk)]


@pytest.mark.parametrize(("language", "scheme"), LANGUAGES)
def test_every_finance_page_is_sound(phone, pages, language, scheme):
    page = phone(a_finance("cai"), locale=language, color_scheme=scheme)
    bring_along(page.context)
    problems: list[str] = []
    page.on("console", lambda message: message.type == "error" and problems.append(f"{page.url} {message.text}"))
    for address in (*pages, "/admin/payments/"):
        page.goto(address)
        for width in (NARROW, *READ_AT):
            page.set_viewport_size({"width": width, "height": 844})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                problems.append(f"{address} scrolls sideways at {width}")
            if page.evaluate(CUT):
                problems.append(f"{address} has a table that is cut at {width}")
            # What Django's own pages are like is Django's.
            if address in pages:
                problems += [f"{address} axe at {width}: {one}" for one in violations(page)]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("name", ["story", "unmatched", "daily", "health"])
def test_on_a_phone_each_row_is_a_card_whose_cells_say_what_they_are(phone, pages, name):
    page = phone(a_finance("cai"))
    page.goto([address for address in pages if f"/{name}/" in address][-1])
    rows = page.locator(".fin-scroll tbody tr")
    assert rows.count()
    for row in rows.all():
        assert row.evaluate("row => getComputedStyle(row).display") == "grid"
        cells = row.locator("> *").all()
        assert all(cell.get_attribute("data-label") for cell in cells)
        assert all(cell.bounding_box()["width"] >= A_THIRD for cell in cells)


def test_the_charts_are_drawn_from_the_table(phone, pages):
    page = phone(a_finance("cai"))
    page.goto(at("daily"))
    expect(page.locator("figure.fin-chart:visible")).to_have_count(5)
    page.wait_for_function("() => window.Chart?.getChart(document.querySelector('canvas'))")


def test_the_bank_is_answered_with_one_tap_that_is_confirmed(phone, pages, stand_in):
    page = phone(a_finance("cai"))
    page.goto(pages[-1])
    said = page.get_by_label("收据，以及其他说明")
    said.fill(f"{said.input_value()}\nRead by a person.")
    page.get_by_label("我已全部读过").check()
    page.get_by_role("button", name="发送给银行").click()
    expect(page.get_by_text("正在发往银行").first).to_be_visible()
    expect(page.get_by_role("button", name="发送给银行")).to_have_count(0)
    expect(page.get_by_text("Read by a person.")).to_be_visible()
