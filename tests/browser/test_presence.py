"""The clock that stops by itself, and says why within a second, as the two see it on their phones."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from bookings import services
from bookings.models import Booking, Segment
from tests.bookings.test_price import cases, in_python
from tests.browser.steps import hears, say
from tests.orders import ask, live, rewrite
from tests.waiting import until


@pytest.fixture
def talk(phone, client_user, companion, listing) -> tuple[Page, Page]:
    """His phone and hers, in the same running talk."""
    booking = live(client_user, listing)
    services.announce(only=booking.pk)
    his, hers = phone(client_user), phone(companion)
    for page in (his, hers):
        page.goto(f"/chat/{booking.pk}/")
        expect(page.get_by_role("textbox", name="消息")).to_be_visible()
    expect(his.locator("li[data-event=live]")).to_be_visible()
    return his, hers


def meter(page: Page):
    return page.get_by_role("region", name="计时").locator("[data-meter=line]")


def ask_long_ago(seconds: int) -> None:
    ask(f"asked_ms - {seconds * 1000}")
    rewrite("due_ms = due_ms - %(ago)s, live_since_ms = live_since_ms - %(ago)s", ago=seconds * 1000)


# Of one and the same moment: the question at +0, and the booking as it stood just before, which says nothing of it.
RIVALS = """
async ({ first, ms }) => {
    const { Meter } = await import("/static/js/chat/meter.js");
    const root = document.getElementById("meter").cloneNode(true);
    document.getElementById("meter").after(root);
    const { booking } = JSON.parse(document.getElementById("room").textContent);
    const page = new Meter(root, { ...booking, server_now_ms: booking.server_now_ms - 60_000 });
    const now = booking.server_now_ms;
    const acts = {
        question: () => page.heard({ booking: booking.id, stop_ms: now, at: now }),
        booking: () => page.show({ ...booking, server_now_ms: now + ms }),
    };
    acts[first]();
    acts[first === "question" ? "booking" : "question"]();
    return root.classList.contains("stopped");
}
"""


@pytest.mark.parametrize("first", ["question", "booking"])
@pytest.mark.parametrize(("ms", "stops"), [(-5, True), (5, True), (5000, False)])
def test_the_booking_as_it_stood_in_the_moment_of_a_question_does_not_hide_when_it_stops(talk, first, ms, stops):
    """But as it stands well after it, it does: it was answered meanwhile."""
    his, _hers = talk
    assert his.evaluate(RIVALS, {"first": first, "ms": ms}) == stops


def test_the_clock_stops_in_the_promised_second_says_why_and_goes_on_with_the_reply(talk):
    his, hers = talk
    say(his, "在吗")
    hears(hers, "在吗")
    expect(meter(his)).to_have_text(re.compile(r"^等待回复\s· 00:\d\d 后停表$"))
    ask_long_ago(54)
    his.reload()
    stop_ms = his.evaluate("JSON.parse(document.getElementById('room').textContent).booking.stop_ms")
    expect(meter(his)).to_contain_text("回复超过 60 秒")
    for page, rest in ((his, "，没用完的退回"), (hers, "")):
        expect(page.locator("[data-meter=then]")).to_have_text(re.compile(rf"^09:\d\d 后自动结束{rest}$"))
        expect(page.locator("[data-meter=used]")).to_contain_text("1 分钟 · ¥0.33")
    # The page says so by itself in that second; the server writes it down in the same.
    until(Segment.objects.exists, seconds=3, what="the stretch to be written")
    assert abs(Segment.objects.get().end_ms - stop_ms) <= 1
    assert time.time() * 1000 - stop_ms < 3000
    say(hers, "我在")
    hears(his, "我在")
    expect(meter(his)).to_contain_text("计时中")
    expect(his.locator("[data-meter=then]")).to_be_empty()


def test_both_are_told_at_five_minutes_and_at_one(talk):
    his, hers = talk
    for minutes, words in ((5, "还剩 5 分钟"), (1, "还剩 1 分钟")):
        leave_time_of(minutes * 60 + 3)
        for page in (his, hers):
            page.reload()
        for page in (his, hers):
            said = page.get_by_role("status").get_by_text(f"{words}。到点自动结束，不会多扣。")
            expect(said).to_be_visible()
            assert said.evaluate(TAKES_NO_TAP)


TAKES_NO_TAP = """(line) => {
    const { x, y, width, height } = line.getBoundingClientRect();
    return !line.contains(document.elementFromPoint(x + width / 2, y + height / 2));
}"""


@pytest.mark.parametrize(("width", "locale"), [(390, "zh-CN"), (360, "zh-CN"), (390, "en-US"), (360, "en-US")])
def test_the_meter_fits_a_phone_whatever_it_says(phone, client_user, listing, width, locale):
    """With minutes and fen: one line for the state, and its two buttons beside each other."""
    booking = live(client_user, listing)
    page = phone(client_user, viewport={"width": width, "height": 780}, locale=locale)
    page.goto(f"/chat/{booking.pk}/")
    leave_time_of(17 * 60 + 30)
    page.reload()
    line = page.locator("#meter [data-meter=line]")
    expect(line).to_contain_text("¥4")
    assert line.bounding_box()["height"] < 30
    more, pause = (page.locator(f"#meter .acts {which}").bounding_box() for which in ("> .btn", "form .btn"))
    assert more["y"] == pause["y"] and max(more["height"], pause["height"]) < 50


def leave_time_of(seconds: int) -> None:
    rewrite("live_since_ms = now_ms - granted_ms + %(left)s, due_ms = now_ms", left=seconds * 1000)


def test_he_pauses_and_goes_on(talk):
    his, hers = talk
    his.get_by_role("button", name="暂停").click()
    expect(meter(his)).to_contain_text("你暂停了")
    expect(meter(hers)).to_contain_text("客人暂停了")
    for page in (his, hers):
        expect(page.get_by_role("textbox", name="消息")).to_be_hidden()
    expect(his.locator("#shut")).to_contain_text(re.compile("还可以停 29:"))
    his.get_by_role("button", name="继续").click()
    for page in (his, hers):
        expect(meter(page)).to_contain_text("计时中")
        expect(page.get_by_role("textbox", name="消息")).to_be_visible()


def test_she_closes_her_phone_and_he_sees_it(talk):
    his, hers = talk
    # Each page says it of the other once it is connected itself.
    for page in (his, hers):
        expect(page.locator("#peer")).to_have_text("在线")
    hers.close()
    closed = time.time()
    expect(his.locator("#peer")).to_have_text("刚刚离开")
    expect(meter(his)).to_contain_text("不在 · 不计费", timeout=45_000)
    assert 29 < time.time() - closed < 45
    assert abs(Segment.objects.get().end_ms / 1000 - closed) < 2
    assert Booking.objects.get().pause_reason == "companion_away"


def test_the_script_reckons_as_python_does(phone):
    page = phone()
    page.goto("/")
    said = page.evaluate(
        """async (cases) => {
            const { costOf, countedMin } = await import("/static/js/chat/bill.js");
            return cases.map((one) => {
                const minutes = countedMin(one, one.served_ms);
                return [minutes, costOf(one, minutes), costOf(one, 0)];
            });
        }""",
        cases(),
    )
    assert said == [in_python(one) for one in cases()]
