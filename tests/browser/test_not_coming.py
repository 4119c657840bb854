"""An appointment in person that does not come about, on two phones: what each of them reads, to the fen."""

import pytest
from playwright.sync_api import Page, expect

from bookings import services
from bookings.models import Booking
from payments.models import Refund
from payments.services.books import check_books
from tests.browser.steps import heard_by
from tests.moves import moved
from tests.orders import on_the_half_hour
from tests.visits import a_place, bought, due_in, let_pass
from tests.waiting import until

KINDS = ["clinic", "dining"]
# What stays with the companion, and what of it is hers: the platform's share is 15 %.
HALF = {"clinic": ("¥150", "¥22.50", "¥127.50"), "dining": ("¥30", "¥4.50", "¥25.50")}
BACK = {"clinic": "¥240", "dining": "¥48"}
FIFTH = {"clinic": ("¥60", "¥9", "¥51"), "dining": ("¥12", "¥1.80", "¥10.20")}
WHOLE = {"clinic": "¥300", "dining": "¥60"}
ON_TIME_MIN, TO_THE_LIMIT_MIN = 5, 20


@pytest.fixture
def near(client_user, stand_in):
    """`near(kind)` is agreed for in a few minutes, and its money is at Stripe."""
    return lambda kind: due_in(bought(client_user, a_place("ruby", kind=kind), stand_in), ON_TIME_MIN)


@pytest.fixture
def two(phone):
    """`two(booking)`: his phone and hers, each on its page; the browser refuses nothing of what they show."""
    complaints: list[list[str]] = []

    def open_both(booking: Booking) -> list[Page]:
        pages = [phone(booking.client), phone(booking.companion)]
        for page in pages:
            complaints.append(heard_by(page))
            page.goto(f"/bookings/{booking.pk}/")
        return pages

    yield open_both
    assert not any(complaints)


@pytest.mark.parametrize("kind", KINDS)
def test_the_client_does_not_come_and_half_of_it_goes_back(two, near, kind):
    booking = near(kind)
    his, hers = two(booking)
    hers.get_by_role("button", name="我到了").click()
    expect(main(his)).to_contain_text("ruby到了")
    let_pass(booking, TO_THE_LIMIT_MIN)

    half, fee, earned = HALF[kind]
    reads(his, "你没有按时来", "ruby到了，而约定时间后 15 分钟内你没有到", f"{half} 退还给你，{half} 归ruby。")
    reads(hers, "客人没有按时来", "不影响你的各项数据", f"扣除平台分成后，{earned} 归你。")
    reads(his, f"按约定归ruby {half}", f"退回 {half}")
    reads(hers, f"按约定保留 {half}", f"平台服务费 {fee}", f"你的收入 {earned}")
    at_her_desk(hers, "lin没有来", f"其中 {earned} 归你")
    comes_back(booking, half)
    assert completion(booking) == (0, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_the_companion_does_not_come_and_all_of_it_goes_back_at_her_cost(two, near, kind):
    booking = near(kind)
    his, hers = two(booking)
    his.get_by_role("button", name="我到了").click()
    expect(main(hers)).to_contain_text("lin到了")
    let_pass(booking, TO_THE_LIMIT_MIN)

    reads(his, "ruby没有来", "你的钱会全部退回", f"退回 {WHOLE[kind]}")
    reads(hers, "你没有按时来", "钱全部退给客人", "这一单计入你的完成率和准时率")
    expect(main(hers)).not_to_contain_text("归你")
    comes_back(booking, WHOLE[kind])
    assert completion(booking) == (0, 1)


def test_neither_comes_and_nobody_is_to_blame(two, near):
    booking = near("clinic")
    his, hers = two(booking)
    let_pass(booking, TO_THE_LIMIT_MIN)

    for page in (his, hers):
        reads(page, "这一单没有成行", "这不算任何一方的责任")
    reads(his, "你的钱会全部退回", f"退回 {WHOLE['clinic']}")
    reads(hers, "钱全部退给客人")
    comes_back(booking, WHOLE["clinic"])
    assert completion(booking) == (0, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_who_cancels_within_a_day_gets_what_the_dialog_says_and_she_the_rest(two, near, kind):
    booking = due_in(near(kind), 23 * 60)
    his, hers = two(booking)
    stays, fee, earned = FIFTH[kind]
    cancel(his, f"退回给你 {BACK[kind]}", f"归ruby，20% {stays}", "距开始已不足 24 小时")

    reads(his, "这一单取消了", f"{BACK[kind]} 退还给你，{stays} 归ruby。", f"退回 {BACK[kind]}")
    reads(hers, "客人取消时距开始不足 24 小时", f"扣除平台分成后，{earned} 归你。")
    reads(hers, f"退给客人 {BACK[kind]}", f"平台服务费 {fee}", f"你的收入 {earned}")
    at_her_desk(hers, "lin在", "取消了订单", f"其中 {earned} 归你")
    comes_back(booking, BACK[kind])
    assert completion(booking) == (0, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_who_cancels_a_day_before_gets_all_of_it(two, near, kind):
    booking = due_in(near(kind), 25 * 60)
    his, hers = two(booking)
    cancel(his, f"退回给你 {WHOLE[kind]}", "全额")

    reads(his, "看看还有谁", "这一单取消了", "钱全部退给你", f"退回 {WHOLE[kind]}")
    reads(hers, "钱全部退给客人")
    for page in (his, hers):
        expect(main(page)).not_to_contain_text("路上平安")
    comes_back(booking, WHOLE[kind])


def test_who_moves_it_within_a_day_and_cancels_pays_as_for_cancelling_late(two, near):
    booking = due_in(near("clinic"), 10 * 60)
    moved(booking, booking.client, on_the_half_hour(7 * 24))
    his, hers = two(booking)
    cancel(his, "退回给你 ¥240", "归ruby，20% ¥60", "你提出改时间时", "不足 24 小时")

    reads(his, "你提出改时间时距开始已不足 24 小时：¥240 退还给你，¥60 归ruby。", "退回 ¥240")
    reads(hers, "客人在距开始不足 24 小时的时候提出改时间", "¥51 归你")
    comes_back(booking, "¥240")


def main(page: Page):
    return page.get_by_role("main")


def reads(page: Page, *words: str) -> None:
    """All of it stands on the page, or comes there by itself."""
    for each in words:
        expect(main(page)).to_contain_text(each, use_inner_text=True)


def cancel(page: Page, *words: str) -> None:
    """After having read what it costs."""
    page.get_by_role("link", name="取消这一单").click()
    dialog = page.get_by_role("dialog")
    for each in words:
        expect(dialog).to_contain_text(each, use_inner_text=True)
    dialog.get_by_role("button", name="确认取消").click()


def at_her_desk(page: Page, *words: str) -> None:
    page.goto("/bookings/workbench/")
    for each in words:
        expect(page.locator(".news")).to_contain_text(each)


def comes_back(booking: Booking, yuan: str) -> None:
    """Exactly so much, and all books agree with it."""
    sent = Refund.objects.filter(payment__ref=booking.pk)
    until(lambda: sent.filter(status="succeeded").exists(), seconds=20, what="the refund")
    assert [f"¥{fen / 100:g}" for fen in sent.values_list("amount", flat=True)] == [yuan]
    assert check_books() == []


def completion(booking: Booking) -> tuple[int, int]:
    """Of so many orders she completed so many, as it is measured."""
    [figures] = services.figures_of(user_ids=[booking.companion_id])
    return figures.completion.good, figures.completion.all
