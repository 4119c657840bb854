"""What people do on the pages in more than one story."""

import re
from uuid import UUID

from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import ConsoleMessage, Page, expect

from accounts.models import User
from chat.demo.companion import session_of
from tests.second_step import is_on_duty, say_password_again, show
from tests.stand_in import GOOD_CARD

# The clock of a phone that is so many days off; `window.offMs = 0` sets it right.
DAYS_OFF = """
    window.offMs = %d * 24 * 60 * 60_000;
    window.Date = class extends Date {
        constructor(...given) { super(...(given.length ? given : [Date.now()])); }
        static now() { return super.now() + window.offMs; }
    };
"""


def sign_in(page: Page, user: User | None, site: str) -> None:
    """From now on this browser is that person's; nobody's without one."""
    page.context.clear_cookies(name="sessionid")
    if user is not None:
        key = session_of(user)
        prove = show if is_on_duty(user) else say_password_again
        prove(SessionStore(key), user)
        page.context.add_cookies([{"name": "sessionid", "value": key, "url": site}])


def order(page: Page, name: str, pays: str | re.Pattern = re.compile("去付款|换张卡")) -> None:
    """Find the companion of that name among those online, and book her with all as it is proposed: on to the payment
    page, or by another button."""
    page.goto("/browse/?kind=listener&online=on")
    page.get_by_role("link", name=name).click()
    page.get_by_role("button", name=pays).click()


def pay(page: Page, card: str = GOOD_CARD) -> None:
    page.get_by_label("银行卡", exact=True).check()
    page.get_by_label("卡号").fill(card)
    page.get_by_label("有效期").fill("12/40")
    page.get_by_label("安全码").fill("123")
    page.get_by_role("button", name=re.compile("支付")).click()


def pick_a_time(page: Page) -> None:
    """From a listing to the plan: the first time of the day after tomorrow, touched on its words as people do."""
    page.get_by_role("link", name=re.compile("选个时间")).first.click()
    day = page.locator("a.slot-day").nth(2)
    day.click()
    expect(day).to_have_attribute("aria-current", "date")
    page.locator("label.pick").filter(has=page.locator("[name=starts_at]")).first.click()
    page.get_by_role("button", name="下一步").click()


def pass_code(hers: Page, his: Page, button: str) -> None:
    """She types the code on his page: with the first the clock runs and another is asked for, with the last none."""
    # Until his page has gone on it shows the code before.
    expect(his.locator(".code-box")).to_contain_text("结束码" if "结束" in button else "开始码")
    hers.locator("#digits").fill(his.locator(".code-digits").inner_text())
    hers.get_by_role("button", name=button).click()
    if "结束" in button:
        expect(hers.locator("#digits")).to_have_count(0)
    else:
        expect(hers.get_by_role("button", name="结束订单")).to_be_visible()


def review(page: Page, booking_id: UUID, words: str) -> None:
    page.goto(f"/bookings/{booking_id}/receipt/")
    page.locator("label[for=stars-5]").click()
    page.locator("#review textarea").fill(words)
    page.locator("#review button[type=submit]").click()
    expect(page.locator("#review")).to_contain_text(words)


def say(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="消息").fill(text)
    page.keyboard.press("Enter")


def hears(page: Page, text: str) -> None:
    expect(page.get_by_role("log").get_by_text(text)).to_be_visible()


def take_up(desk: Page, title: str) -> None:
    """Open the case of that title at a moderator's desk."""
    desk.goto("/moderation/")
    desk.get_by_role("link", name=re.compile(title)).click()


def approve(desk: Page) -> None:
    desk.get_by_role("button", name=re.compile("通过")).click()
    expect(desk).to_have_url(re.compile("/moderation/$"))


def send_back(desk: Page, reason: str) -> None:
    desk.locator("textarea[name=reason]").fill(reason)
    desk.get_by_role("button", name=re.compile("退回")).click()
    expect(desk).to_have_url(re.compile("/moderation/$"))


def heard_by(page: Page) -> list[str]:
    """What the browser complains about: a refused style or script is an error in its console."""
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    page.on("console", hear)
    return complaints
