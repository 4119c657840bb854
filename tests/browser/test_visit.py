"""A hospital visit on two phones, from the search to the reviews."""

import pytest
from playwright.sync_api import Page, expect

from bookings.models import Booking, State
from payments.services.books import check_books
from tests.browser.steps import heard_by, pass_code, pay, pick_a_time, review
from tests.papers import identify
from tests.visits import a_place, due_in
from tests.waiting import until
from visits.models import VisitPlan


@pytest.fixture
def clinic(db):
    return a_place("shen")


def test_a_visit_from_the_search_to_the_reviews(phone, client_user, clinic):
    identify(client_user)
    his, hers = phone(client_user), phone(clinic.companion.user)
    complaints = heard_by(his)
    choose(his)
    tell(his)
    pay(his)
    booking = until(lambda: Booking.objects.filter(state=State.REQUESTED).first(), what="the payment")

    hers.goto(f"/bookings/{booking.pk}/")
    expect(hers.get_by_role("main")).to_contain_text("接单后可见")
    expect(hers.get_by_role("main")).not_to_contain_text("青霉素")
    hers.get_by_role("button", name="接单").click()
    expect(hers.get_by_role("main")).to_contain_text("约好了")
    due_in(booking, 5)
    for page in (his, hers):
        page.goto(f"/bookings/{booking.pk}/")
    expect(hers.get_by_role("main")).to_contain_text("青霉素")
    pass_code(hers, his, "开始计时")

    for stage in ("取号", "候诊", "就诊"):
        hers.get_by_role("button", name=stage, exact=True).click()
        expect(hers.locator(".timeline").first).to_contain_text(stage)
    expect(his.locator(".timeline").first).to_contain_text("候诊")
    family_follows(his, phone())
    hers.get_by_role("button", name="撤回「就诊」").click()
    expect(his.locator(".timeline").first).not_to_contain_text("就诊 ")
    hers.get_by_role("link", name="写就诊交接").click()
    hers.locator("textarea").fill("医生说四周后复查。\n少盐。")
    hers.get_by_role("button", name="保存").click()
    expect(his.get_by_role("main")).to_contain_text("四周后复查")

    pass_code(hers, his, "结束订单")
    until(lambda: Booking.objects.get().state == State.SETTLED, seconds=20, what="the settling")
    review(his, booking.pk, "很耐心，帮我妈把医嘱都记下来了。")
    review(hers, booking.pk, "准时，说得清楚。")
    his.goto(f"/listings/{clinic.pk}/")
    expect(his.locator(".review")).to_contain_text("很耐心")
    assert complaints == [] and check_books() == []


def family_follows(his: Page, theirs: Page) -> None:
    """Whoever has the link reads the stages, and nothing of the plan."""
    his.get_by_role("button", name="让家人朋友知道我在哪").click()
    theirs.goto(his.get_by_label("页面地址").input_value())
    expect(theirs.get_by_role("main")).to_contain_text("候诊")
    for word in ("青霉素", "心内科", "1 号门"):
        expect(theirs.get_by_role("main")).not_to_contain_text(word)
    his.go_back()


def choose(page: Page) -> None:
    page.goto("/browse/?kind=clinic&q=华山医院")
    page.get_by_role("link", name="shen").first.click()
    pick_a_time(page)


def tell(page: Page) -> None:
    """What is about health is refused without its consent, and nothing typed is lost."""
    page.get_by_label("我的父母").check()
    page.get_by_label("在哪里碰面").fill("门诊大厅 1 号门")
    page.get_by_label("科室").fill("心内科")
    page.get_by_label("陪诊师需要知道的").fill("对青霉素过敏，走得慢。")
    page.get_by_role("button", name="去付款").click()
    expect(page.get_by_role("main")).to_contain_text("请勾选同意")
    expect(page.get_by_label("陪诊师需要知道的")).to_have_value("对青霉素过敏，走得慢。")
    assert not VisitPlan.objects.exists()
    page.get_by_label("我同意").check()
    page.get_by_role("button", name="去付款").click()
