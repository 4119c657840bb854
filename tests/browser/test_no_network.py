"""Two who meet where her phone has no network: what she types is kept, sent later, and counts from then."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from django.utils.timezone import localtime
from playwright.sync_api import Page, expect

from bookings import services
from bookings.models import Booking, CodeEntry, MeetingCode, Segment, State
from common.clock import database_now_ms, moment
from tests.axe import violations
from tests.browser.steps import DAYS_OFF, heard_by
from tests.browser.test_meeting import again, type_code
from tests.cast import a_user
from tests.orders import accepted
from tests.visits import a_place, another, code, due_in, near
from tests.waiting import until

BASEMENT_MS = 6000


@dataclass
class Typed:
    """Between these two moments of the database's clock."""

    after_ms: int = 0
    before_ms: int = 0

    def holds(self, ms: int) -> bool:
        # The page knows the server's clock from an answer, which takes a moment here where all share two cores.
        return self.after_ms - 2000 <= ms <= self.before_ms + 2000


@contextmanager
def typed_in_the_basement(page: Page) -> Iterator[Typed]:
    """Without a network while she types, and for a while afterwards."""
    page.context.set_offline(True)
    typed = Typed(database_now_ms())
    yield typed
    typed.before_ms = database_now_ms()
    page.wait_for_timeout(BASEMENT_MS)


@pytest.fixture
def booking(client_user) -> Booking:
    return near(client_user, a_place("shen"), minutes=-1)


@pytest.fixture
def hers(phone, booking) -> Page:
    page = phone(booking.companion)
    page.goto(f"/bookings/{booking.pk}/")
    return page


@pytest.fixture
def his(phone, booking) -> Page:
    page = phone(booking.client)
    page.goto(f"/bookings/{booking.pk}/")
    page.get_by_role("button", name="我到了").click()
    expect(page.get_by_role("main")).to_contain_text("到了，shen看得到")
    return page


def notes(page: Page):
    return page.locator("#kept-codes")


def test_both_codes_count_from_when_they_were_typed(his, hers, booking):
    with typed_in_the_basement(hers) as start:
        type_code(hers, his.locator(".code-digits").inner_text(), "开始计时")
        expect(notes(hers)).to_contain_text(re.compile(r"已记下开始码 \d\d:\d\d，恢复网络后自动发送"))
    assert again(booking).state == State.ACCEPTED
    context = hers.context
    hers.close()
    context.set_offline(False)

    later = context.new_page()
    later.goto(f"/bookings/{booking.pk}/")
    expect(later.get_by_role("main")).to_contain_text("你输入的码已经送到，从")
    expect(his.get_by_role("main")).to_contain_text("你们在一起")
    assert start.holds(again(booking).live_since_ms)
    expect(notes(later)).to_be_hidden()

    with typed_in_the_basement(later) as end:
        type_code(later, his.locator(".code-digits").inner_text(), "结束订单")
        expect(notes(later)).to_contain_text("已记下结束码")
    later.context.set_offline(False)
    expect(later).to_have_url(re.compile("/receipt/"))
    segment = Segment.objects.get()
    assert start.holds(segment.start_ms) and end.holds(segment.end_ms)
    for page in (later, his):
        page.goto(f"/bookings/{booking.pk}/receipt/")
        shown = f"{localtime(moment(segment.start_ms)):%H:%M:%S}"
        expect(page.locator(".lines time").first).to_have_text(shown)


def test_what_is_refused_is_said_and_not_tried_again(his, hers, booking):
    wrong = another(his.locator(".code-digits").inner_text())
    with typed_in_the_basement(hers):
        type_code(hers, wrong, "开始计时")
    hers.context.set_offline(False)
    expect(notes(hers)).to_contain_text("码不对")
    for _ in range(2):
        hers.context.set_offline(True)
        hers.context.set_offline(False)
    hers.reload()
    expect(hers.get_by_label(re.compile("码"))).to_be_visible()
    expect(notes(hers)).to_be_hidden()
    assert (MeetingCode.objects.get().tries, CodeEntry.objects.count()) == (1, 1)


def test_she_takes_it_back_or_types_it_again(his, hers, booking):
    digits = his.locator(".code-digits").inner_text()
    complaints = heard_by(hers)
    hers.context.set_offline(True)
    type_code(hers, another(digits), "开始计时")
    assert violations(hers) == []
    notes(hers).get_by_role("button", name="重新输入").click()
    expect(notes(hers)).to_be_hidden()
    expect(hers.get_by_label(re.compile("码"))).to_be_focused()
    type_code(hers, another(digits), "开始计时")
    notes(hers).get_by_role("button", name="收回").click()
    expect(notes(hers)).to_be_hidden()
    type_code(hers, another(another(digits)), "开始计时")
    type_code(hers, digits, "开始计时")
    expect(notes(hers).get_by_text("已记下")).to_have_count(1)
    hers.context.set_offline(False)
    until(lambda: again(booking).state == State.LIVE, what="the last one to arrive")
    assert MeetingCode.objects.filter(purpose="start", tries=0).count() == 1
    assert [line for line in complaints if "style" in line or "script" in line] == []


def test_a_booking_that_closed_meanwhile_stays_closed_and_she_is_told_why(his, hers, booking):
    hers.context.set_offline(True)
    type_code(hers, code(booking), "开始计时")
    expect(notes(hers)).to_contain_text("已记下")
    due_in(booking, -15)
    services.run_due()
    hers.context.set_offline(False)
    expect(notes(hers)).to_contain_text("见面的时限已经过了")
    expect(hers.get_by_role("main")).not_to_contain_text("没有网络后自动发送")
    assert again(booking).state == State.NO_SHOW


def test_it_is_sent_from_whichever_page_she_opens_next(his, hers, booking):
    with typed_in_the_basement(hers) as start:
        type_code(hers, his.locator(".code-digits").inner_text(), "开始计时")
    context = hers.context
    hers.close()
    context.set_offline(False)
    elsewhere = context.new_page()
    elsewhere.goto("/")
    expect(elsewhere.locator("#toasts")).to_contain_text("你输入的码已经送到")
    until(lambda: again(booking).state == State.LIVE, what="the code to arrive")
    assert start.holds(again(booking).live_since_ms)


def test_what_is_refused_elsewhere_is_said_once_more_on_its_own_page(his, hers, booking):
    with typed_in_the_basement(hers):
        type_code(hers, another(his.locator(".code-digits").inner_text()), "开始计时")
    context = hers.context
    hers.close()
    context.set_offline(False)
    later = context.new_page()
    later.goto("/")
    expect(later.locator("#toasts")).to_contain_text("码不对")
    later.goto(f"/bookings/{booking.pk}/")
    expect(notes(later)).to_contain_text("码不对")
    later.reload()
    expect(notes(later)).to_be_hidden()
    assert (MeetingCode.objects.get().tries, CodeEntry.objects.count()) == (1, 1)


def test_what_is_refused_only_for_now_goes_on_waiting(his, hers, booking, listing):
    somebody = a_user("somebody")
    other = Booking.objects.filter(pk=accepted(somebody, listing).pk)
    other.update(client=booking.client)
    type_code(hers, his.locator(".code-digits").inner_text(), "开始计时")
    expect(notes(hers)).to_contain_text("自动重试")
    expect(notes(hers)).to_contain_text("客人还有另一个订单")
    other.update(client=somebody)
    hers.reload()
    until(lambda: again(booking).state == State.LIVE, what="the code to be sent again")


@pytest.mark.parametrize("days", [1, -1])
def test_a_phone_a_day_off_that_is_set_right_meanwhile_does_no_harm(phone, his, booking, days):
    hers = phone(booking.companion)
    MeetingCode.objects.update(created_at=moment(booking.starts_ms))
    hers.add_init_script(DAYS_OFF % days)
    hers.goto(f"/bookings/{booking.pk}/")
    with typed_in_the_basement(hers) as start:
        type_code(hers, his.locator(".code-digits").inner_text(), "开始计时")
        shown = {f"{localtime(moment(database_now_ms() - ago_ms)):%H:%M}" for ago_ms in (0, 5000)}
        expect(notes(hers)).to_contain_text(re.compile("|".join(shown)))
    hers.evaluate("window.offMs = 0")
    hers.context.set_offline(False)
    until(lambda: again(booking).state == State.LIVE, what="the code to arrive")
    assert start.holds(again(booking).live_since_ms)
