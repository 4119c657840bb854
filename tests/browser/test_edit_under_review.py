"""A listing is edited while clients read it: what was approved stays up until a moderator has read the change."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.browser.steps import approve, order, send_back, take_up

APPROVED, CHANGED, MENDED = "听你说完，不评判", "加我微信聊更久", "深夜也在，慢慢说"


@pytest.fixture
def hers(phone, companion) -> Page:
    return phone(companion)


@pytest.fixture
def desk(phone, moderator) -> Page:
    return phone(moderator, viewport={"width": 1280, "height": 900})


def edit(page: Page, headline: str, price: str) -> None:
    page.goto("/listings/")
    page.get_by_role("link", name="修改").click()
    page.locator("input[name=headline]").fill(headline)
    page.locator("input[name=price_fen]").fill(price)
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("main")).to_contain_text(headline)


def reads(visitor: Page, listing, headline: str, price: str) -> None:
    visitor.goto(f"/listings/{listing.pk}/")
    expect(visitor.get_by_role("main").get_by_text(headline)).to_be_visible()
    expect(visitor.get_by_role("main")).to_contain_text(price)


def finds(visitor: Page, words: str, count: int) -> None:
    visitor.goto(f"/browse/?q={words}")
    expect(visitor.get_by_role("main").get_by_role("link", name="shanshan")).to_have_count(count)


def test_what_was_approved_stays_up_until_a_change_of_it_is(
    hers, desk, phone, listing, client_user: User, other_client: User
):
    visitor = phone(client_user)
    edit(hers, CHANGED, "50")
    expect(hers.get_by_role("main")).to_contain_text(APPROVED)
    reads(visitor, listing, APPROVED, "¥20")
    finds(visitor, "微信", 0)

    take_up(desk, CHANGED)
    expect(desk.locator(".before", has_text=APPROVED)).to_be_visible()
    expect(desk.locator(".after", has_text=CHANGED)).to_be_visible()
    send_back(desk, "请不要留联系方式。")
    hers.goto("/listings/")
    expect(hers.get_by_role("main")).to_contain_text("请不要留联系方式。")
    reads(visitor, listing, APPROVED, "¥20")

    edit(hers, MENDED, "25")
    order(visitor, "shanshan")
    take_up(desk, MENDED)
    approve(desk)
    reads(phone(other_client), listing, MENDED, "¥25")
    visitor.get_by_role("link", name="取消，返回商家").click()
    expect(visitor.get_by_role("main")).to_contain_text("¥10")
