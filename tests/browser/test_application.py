"""From wanting to keep somebody company to a listing that can be found, on a phone and at a moderator's desk."""

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Letter, User
from bookings.models import Booking, State
from listings.models import Application, Companion
from listings.rules import questions_for
from tests.browser.steps import approve, hears, order, pay, say, take_up
from tests.papers import a_photo
from tests.waiting import until
from vetting.models import PrivateDocument


def photo(name: str) -> dict:
    return {"name": name, "mimeType": "image/jpeg", "buffer": a_photo((1200, 800)).read()}


def go_on(page: Page) -> None:
    page.get_by_role("button", name=re.compile("保存")).click()


def say_who(page: Page) -> None:
    page.get_by_label("展示的名字").fill("梅梅")
    page.get_by_label("女", exact=True).check()
    page.get_by_label("城市").fill("上海")
    page.get_by_label("吴语").check()
    page.locator("textarea[name=about]").fill("夜里常在。")
    go_on(page)


def say_what(page: Page) -> None:
    page.get_by_label("秒回师").check()
    page.locator("input[name=topics]").fill("职场 失眠")
    page.locator("textarea[name=not_offered]").fill("不聊投资。")
    go_on(page)


def show_papers(page: Page) -> None:
    page.locator("input[name=real_name]").fill("欧阳静姝")
    page.locator("input[name=number_tail]").fill("123X")
    page.locator("input[name=card]").set_input_files(photo("card.jpg"))
    page.locator("input[name=portrait]").set_input_files(photo("me.jpg"))
    go_on(page)


def answer_the_quiz(page: Page, first_letter: str | None = None) -> None:
    """All right, or the first question with another letter."""
    for number, question in enumerate(questions_for(Application.objects.get().pk)):
        letter = first_letter if first_letter and number == 0 else question.right
        page.locator(f"input[name={question.key}][value={letter}]").check()
    go_on(page)


def a_wrong_letter() -> str:
    right = questions_for(Application.objects.get().pk)[0].right
    return "a" if right != "a" else "b"


def write_a_listing(page: Page) -> None:
    page.locator("input[name=headline]").fill("听你说完，不评判")
    page.locator("textarea[name=about]").fill("我会听你把话说完，不催，不评判，也不急着给建议。")
    expect(page.locator("input[name=topics]")).to_have_value("职场、失眠")
    page.locator("input[name=price_fen]").fill("25")
    page.locator("input[name=promise_s]").fill("60")
    page.get_by_role("button", name=re.compile("提交")).click()


def look_at_papers(desk: Page, count: int) -> None:
    links = desk.locator("a[href^='/documents/']")
    expect(links).to_have_count(count)
    for number in range(count):
        answer = desk.request.get(links.nth(number).get_attribute("href"))
        assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_from_applying_to_the_first_order(
    phone, client_user: User, other_client: User, moderator: User, javascript: bool
):
    page = phone(client_user, java_script_enabled=javascript)
    page.goto("/me/")
    page.get_by_role("link", name=re.compile("陪伴")).first.click()
    page.get_by_role("main").locator("a[href='/apply/who/']").click()
    say_who(page)
    say_what(page)
    show_papers(page)
    answer_the_quiz(page, a_wrong_letter())
    expect(page.get_by_role("alert")).to_be_visible()
    answer_the_quiz(page)
    page.locator("form[action='/apply/submit/'] button").click()
    expect(page.locator("form[action='/apply/withdraw/']")).to_be_visible()

    page.get_by_role("main").locator("a[href='/listings/new/']").click()
    page.get_by_role("link", name="秒回师").click()
    write_a_listing(page)

    desk = phone(moderator, viewport={"width": 1280, "height": 900})
    take_up(desk, "梅梅 · 秒回师")
    look_at_papers(desk, 2)
    approve(desk)
    take_up(desk, "听你说完")
    approve(desk)
    assert not PrivateDocument.objects.kept().exists()
    until(lambda: Letter.objects.filter(sent_at__isnull=False).count() == 2, seconds=20, what="both letters")

    first_order(phone(client_user), phone(other_client))


def first_order(at_work: Page, visitor: Page) -> None:
    """Who is online holds a socket, so from here on she has scripts."""
    at_work.goto("/bookings/workbench/")
    at_work.get_by_role("switch", name="接单").click()
    expect(at_work.get_by_role("switch", checked=True, name="接单")).to_be_visible()
    until(Companion.objects.online().filter(display_name="梅梅").exists, what="her socket to be seen")
    order(visitor, "梅梅")
    pay(visitor)
    at_work.get_by_role("button", name="接单", exact=True).click()
    hears(visitor, "接单")
    say(at_work, "我在，慢慢说")
    hears(visitor, "我在，慢慢说")
    assert Booking.objects.get().state == State.LIVE
