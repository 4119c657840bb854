"""A companion's evening at her desk, on her phone."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from bookings import services
from bookings.models import Booking, State
from chat.services import quick_replies
from tests.bookings.test_workbench import served, settled_at
from tests.browser.steps import heard_by
from tests.browser.test_pages import look_at
from tests.cast import a_user
from tests.orders import ask, live, requested
from tests.waiting import until

# The tones are not heard here: what is counted is that they were asked for.
COUNT_TONES = """
    window.tones = 0;
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...when) { window.tones += 1; return start.apply(this, when); };
"""

# When the greeting came, by the page's own clock.
NOTE_GREETING = """
    const Plain = window.WebSocket;
    window.WebSocket = class extends Plain {
        constructor(...where) {
            super(...where);
            this.addEventListener("message", ({ data }) => {
                if (data.includes('"t":"welcome"')) window.greeted ??= performance.now();
            });
        }
    };
"""
ASKED_AFTER_MS = """() => window.greeted && performance.getEntriesByType("resource")
    .filter((each) => each.initiatorType === "xmlhttprequest" && each.startTime > window.greeted)
    .map((each) => each.startTime - window.greeted)[0]
"""


@pytest.fixture
def past(companion, listing) -> None:
    for number, minutes in enumerate((6, 12, 24)):
        booking = served(a_user(f"past{number}"), listing, minutes)
        # The site's own worker may be the one that settles it.
        until(lambda pk=booking.pk: Booking.objects.get(pk=pk).state == State.SETTLED, what="the settling")
        settled_at(booking, timezone.now() - timedelta(days=number))


def has_drawn(page: Page) -> bool:
    return page.evaluate(
        """() => [...document.querySelectorAll("figure:not([hidden]) canvas")].every((canvas) => {
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            return data.some((channel) => channel > 0);
        })"""
    )


@pytest.mark.parametrize(("language", "scheme"), [("zh-CN", "light"), ("en-US", "dark")])
def test_the_charts_are_drawn_under_the_strict_policy_from_their_tables(phone, companion, past, language, scheme):
    page = phone(companion, locale=language, color_scheme=scheme, reduced_motion="reduce")
    complaints = heard_by(page)
    page.goto("/bookings/workbench/")
    drawn = "window.Chart ? Object.keys(window.Chart.instances).length : 0"
    # Nobody scrolls before the page is printed, or a picture of all of it is taken.
    until(lambda: page.evaluate(drawn) == 3, seconds=20, what="three charts")
    assert page.evaluate("window.scrollY") == 0 and has_drawn(page)
    page.locator("#income summary").first.click()
    expect(page.locator("#days-table")).to_contain_text("¥1.70")
    assert look_at(page) == []
    assert complaints == []


def test_without_the_library_the_tables_say_it_all_and_no_empty_frame_stays(phone, companion, past):
    page, asked = phone(companion), []
    page.route("**/chart.umd*.js", lambda route: asked.append(route.abort()))
    page.goto("/bookings/workbench/")
    page.locator("#income").scroll_into_view_if_needed()
    until(lambda: page.wait_for_timeout(100) or asked, what="the page to ask for the library")
    expect(page.locator("#income figure").first).to_be_hidden()
    page.locator("#income summary").first.click()
    expect(page.locator("#days-table")).to_contain_text("¥1.70")


def test_what_was_earned_while_the_line_was_down_is_there_when_it_is_back(phone, companion, client_user, listing):
    page, lines = phone(companion), []
    page.route_web_socket("**/ws/", lambda line: lines.append(line) or line.connect_to_server())
    page.goto("/bookings/workbench/")
    page.locator("#income summary").first.click()
    asked = []
    page.route("**/workbench/", lambda route: asked.append(route.abort()) if is_fetch(route) else route.continue_())
    served(client_user, listing, 6)
    until(lambda: page.wait_for_timeout(100) or asked, what="the page to ask what was earned")
    page.unroute("**/workbench/")
    assert "¥1.70" not in page.locator("#days-table").inner_text()
    lines[-1].close()
    expect(page.locator("#days-table")).to_contain_text("¥1.70")


def is_fetch(route: Route) -> bool:
    """Not what the part that follows asks for by itself."""
    return route.request.resource_type == "fetch"


def test_without_script_the_tables_say_it_all(phone, companion, past):
    page = phone(companion, java_script_enabled=False)
    page.goto("/bookings/workbench/")
    expect(page.locator("#income canvas").first).to_be_hidden()
    page.locator("#income summary").first.click()
    expect(page.locator("#days-table")).to_contain_text("¥1.70")


def test_an_order_rings_and_stands_in_the_title(phone, companion, client_user, listing):
    page = phone(companion)
    page.add_init_script(COUNT_TONES)
    page.goto("/bookings/workbench/")
    page.get_by_role("switch", name="来单提示音").click()
    until(lambda: page.evaluate("window.tones") == 2, what="the switch to sound")
    requested(client_user, listing)
    expect(page).to_have_title(re.compile(r"^\(1\) 新订单"))
    expect(page.get_by_role("button", name="接单")).to_be_visible()
    assert page.evaluate("window.tones") == 4


def test_a_clients_cancellation_is_told_at_the_desk(phone, companion, client_user, listing):
    page = phone(companion)
    page.goto("/bookings/workbench/")
    services.cancel(booking=requested(client_user, listing), by=client_user)
    expect(page.locator(".news")).to_contain_text("lin")
    requested(client_user, listing)
    expect(page.get_by_role("button", name="接单")).to_be_visible()


def test_a_quick_reply_is_put_into_the_text_and_only_sent_by_her(phone, companion, client_user, listing):
    quick_replies.take_starters(by=companion)
    first = quick_replies.quick_replies(user=companion)[0].text
    booking = live(client_user, listing)
    page = phone(companion)
    complaints = heard_by(page)
    page.goto(f"/chat/{booking.pk}/")
    box = page.locator("#composer textarea")
    box.fill("嗯。")
    page.locator("#quick-open").press("Enter")
    page.keyboard.press("Escape")
    expect(page.locator("#quick-list")).to_be_hidden()
    page.locator("#quick-open").click()
    assert look_at(page) == []
    page.get_by_role("button", name=first).click()
    expect(box).to_have_value(f"嗯。{first}")
    expect(box).to_be_focused()
    expect(page.get_by_role("log").get_by_text(first)).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.get_by_role("log").get_by_text(first)).to_be_visible()
    assert complaints == []


def test_she_is_warned_before_her_promise_runs_out(phone, companion, client_user, listing):
    booking = live(client_user, listing)
    hers, his = phone(companion), phone(client_user)
    hers.goto(f"/chat/{booking.pk}/")
    his.goto(f"/chat/{booking.pk}/")
    expect(hers.locator("#waits")).to_be_hidden()
    his.locator("#composer textarea").fill("在吗")
    his.keyboard.press("Enter")
    expect(hers.locator("#waits")).to_be_visible()
    expect(his.locator("#waits")).to_have_count(0)
    let_it_wait(booking, 45_000)
    hers.reload()
    expect(hers.locator(".meter.hurry")).to_be_visible()
    expect(hers.locator("#toasts")).not_to_be_empty()
    hers.locator("#composer textarea").fill("在")
    hers.keyboard.press("Enter")
    expect(hers.locator("#waits")).to_be_hidden()
    [reply] = booking.replies.all()
    assert 45_000 < reply.replied_ms - reply.asked_ms < 60_000


# Of one and the same moment: the question at +0, and the booking as it stood just before, which comes later.
RIVALS = """
async (moments) => {
    const { Waiting } = await import("/static/js/chat/waiting.js");
    const line = document.getElementById("waits").cloneNode(true);
    document.getElementById("waits").after(line);
    const booking = { ...JSON.parse(document.getElementById("room").textContent).booking, asked_ms: null };
    const page = new Waiting(line, { me: 1, booking });
    const now = booking.server_now_ms + 60_000;
    page.heard({ kind: "text", from: 2, at: now });
    for (const ms of moments) page.moved({ ...booking, server_now_ms: now + ms });
    await new Promise((done) => setTimeout(done, 600));
    return line.hidden;
}
"""


@pytest.mark.parametrize(("moments", "hidden"), [([-5], False), ([5], False), ([5000], True)])
def test_the_booking_as_it_stood_in_the_moment_of_a_question_does_not_hide_it(
    phone, companion, client_user, listing, moments, hidden
):
    """But as it stands well after it, it does: it was answered meanwhile."""
    hers = phone(companion)
    hers.goto(f"/chat/{live(client_user, listing).pk}/")
    assert hers.evaluate(RIVALS, moments) == hidden


def let_it_wait(booking: Booking, ms: int) -> None:
    """The question is so much older than it was."""
    booking.refresh_from_db()
    since, live_since = booking.turn.awaiting_since_ms - ms, booking.live_since_ms - ms
    due = since + booking.terms.promise_ms
    ask(str(since))
    Booking.objects.filter(pk=booking.pk).update(live_since_ms=live_since, due_ms=due)


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_the_pages_of_quick_replies_are_sound(phone, companion, language):
    page = phone(companion, locale=language)
    complaints = heard_by(page)
    page.goto("/chat/quick-replies/")
    assert look_at(page) == []
    page.locator("main form button").first.click()
    expect(page.locator(".quick-rows li")).to_have_count(5)
    assert look_at(page) == []
    page.locator(".quick-rows a").first.click()
    page.locator("textarea").fill("我在，一直在。")
    assert look_at(page) == []
    page.get_by_role("main").locator("form button").click()
    expect(page.locator(".quick-rows")).to_contain_text("我在，一直在。")
    assert complaints == []


def test_what_came_just_before_the_greeting_is_asked_for_a_moment_after_it(phone, companion):
    """For the first tenth of a second a new line may miss something: docs/protocol.md."""
    page = phone(companion)
    page.add_init_script(NOTE_GREETING)
    page.goto("/bookings/workbench/")
    asked_ms = until(lambda: page.evaluate(ASKED_AFTER_MS), what="the page to ask what is new")
    assert 200 < asked_ms < 10_000
