"""Two who meet, and a third who only has a link: no account, no session, and no link any more once it is over."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from bookings.models import Booking
from moderation.models import Priority, ReviewCase
from safety import services
from safety.models import Alarm, AllClear, Link, Position
from tests.browser.steps import heard_by, sign_in
from tests.orders import past_the_triggers
from tests.visits import a_place, near, together
from tests.waiting import until

HERE = {"latitude": 31.22104, "longitude": 121.44512, "accuracy": 30}


def test_a_third_follows_the_meeting_by_a_link_until_it_is_over(phone, client_user):
    services.add_contact(by=client_user, name="妈妈", email="mum@example.com", phone="13800000000")
    booking = near(client_user, a_place("shen"))
    his, hers, mums = phone(client_user), phone(booking.companion), phone()
    complaints = heard_by(mums)
    his.goto(f"/bookings/{booking.pk}/")
    hers.goto(f"/bookings/{booking.pk}/")

    his.get_by_role("button", name="让家人朋友知道我在哪").click()
    address = his.get_by_label("页面地址").input_value()
    his.get_by_role("button", name="寄给我的 1 位可信联系人").click()
    expect(his.get_by_role("main")).to_contain_text("妈妈")

    mums.goto(address)
    expect(mums.get_by_role("main")).to_contain_text("已经约好，还没有开始")
    hers.get_by_role("button", name="我到了").click()
    mums.reload()
    expect(mums.get_by_role("main")).to_contain_text("shen已到达约定地点")

    his.goto(f"/bookings/{booking.pk}/")
    his.get_by_role("button", name="10 分钟").click()
    expect(hers.get_by_role("main")).to_contain_text("lin说会晚到大约 10 分钟")
    hers.goto(f"/chat/{booking.pk}/")
    expect(hers.get_by_role("log")).to_contain_text("客人会晚到大约 10 分钟")

    over_since_yesterday(booking)
    mums.evaluate("htmx.ajax('GET', location.pathname, '#meeting')")
    expect(mums.get_by_role("heading", name="这个链接已经失效")).to_be_visible()
    expect(mums.get_by_role("main")).not_to_contain_text("shen")
    assert [line for line in complaints if "410" not in line] == []


def test_help_is_asked_for_and_the_other_side_sees_nothing_of_it(phone, client_user, moderator):
    services.add_contact(by=client_user, name="妈妈", email="mum@example.com", phone="13800000000")
    booking = together(client_user, a_place("shen"))
    his, hers = phone(client_user, geolocation=HERE, permissions=["geolocation"]), phone(booking.companion)
    his.goto(f"/chat/{booking.pk}/")
    hers.goto(f"/bookings/{booking.pk}/")
    before = hers.get_by_role("main").inner_text()

    his.get_by_role("link", name="我需要帮助").click()
    dialog = his.get_by_role("dialog", name="需要帮助吗？")
    assert [dialog.locator(f'a[href="tel:{number}"]').count() for number in (110, 120, 13800000000)] == [1, 1, 1]
    assert not Alarm.objects.exists()
    dialog.get_by_label(re.compile("位置一起发出")).check()
    expect(dialog).to_contain_text("会一起发出")
    dialog.get_by_role("button", name="通知我的联系人和平台").click()

    expect(his.get_by_role("main")).to_contain_text("你在")
    expect(his.get_by_role("main")).to_contain_text("妈妈")
    assert Position.objects.count() == 1
    case = ReviewCase.objects.get()
    assert (case.kind, case.priority) == ("emergency", Priority.P0)
    assert same_but_for_the_clock(hers.get_by_role("main").inner_text(), before)

    desk = phone(moderator)
    desk.goto(f"/moderation/{case.pk}/")
    expect(desk.get_by_role("main")).to_contain_text("31.22104, 121.44512 (±30 m)")
    desk.locator("textarea[name=reason]").fill("已电话联系，平安到家")
    desk.get_by_role("button", name="已确认平安").click()
    until(lambda: not ReviewCase.objects.get().is_open, what="the decision")


def test_his_family_reads_of_the_call_and_of_the_all_clear(phone, client_user):
    services.add_contact(by=client_user, name="妈妈", email="mum@example.com", phone="13800000000")
    booking = together(client_user, a_place("shen"))
    his, hers, mums, friends = phone(client_user), phone(booking.companion), phone(), phone()
    for page, side in ((mums, client_user), (friends, booking.companion)):
        page.goto(urlsplit(services.address_of(services.share(booking=booking, by=side))).path)
    hers.goto(f"/bookings/{booking.pk}/")
    before = [page.get_by_role("main").inner_text() for page in (hers, friends)]

    his.goto(f"/safe/{booking.pk}/sos/")
    his.get_by_role("button", name="通知我的联系人和平台").click()
    # By itself, without a tap.
    expect(mums.get_by_role("heading", name=re.compile("lin 在 .* 求助了"))).to_be_in_viewport()
    expect(mums.get_by_role("main")).to_contain_text("请马上给 lin 打电话")
    expect(mums.get_by_role("main").get_by_role("link", name="110")).to_be_in_viewport()

    his.get_by_role("button", name="我没事了").click()
    expect(his.get_by_role("main")).to_contain_text("说了“我没事了”")
    expect(his.get_by_role("button", name="我没事了")).to_have_count(0)
    expect(mums.get_by_role("heading", name=re.compile("lin 在 .* 说：我没事了"))).to_be_visible()
    expect(mums.get_by_role("main")).to_contain_text("也可能是被迫按下的")

    for page in (hers, friends):
        page.reload()
    after = [page.get_by_role("main").inner_text() for page in (hers, friends)]
    assert all(map(same_but_for_the_clock, after, before))
    assert ReviewCase.objects.get().is_open


@pytest.mark.parametrize("with_script", [True, False], ids=["script", "no script"])
def test_who_says_that_he_is_late_stands_where_it_is_said(chromium, site, client_user, with_script):
    booking = near(client_user, a_place("shen"))
    context = chromium.new_context(
        java_script_enabled=with_script, locale="zh-CN", base_url=site, viewport={"width": 390, "height": 844}
    )
    page = context.new_page()
    sign_in(page, client_user, site)
    page.goto(f"/bookings/{booking.pk}/")
    page.get_by_role("button", name="5 分钟").click()
    expect(page.get_by_text(re.compile("你在 .* 说会晚到大约 5 分钟"))).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="10 分钟")).to_be_in_viewport(ratio=1)
    context.close()


def test_the_desk_asks_for_a_word_and_keeps_what_was_written(phone, client_user, moderator):
    booking = together(client_user, a_place("shen"))
    services.raise_alarm(booking=booking, by=client_user)
    desk = phone(moderator)
    desk.goto(f"/moderation/{ReviewCase.objects.get().pk}/")
    words = desk.get_by_label("原因")
    expect(desk.locator("label", has_text="原因")).not_to_contain_text("选填")
    words.fill("   ")
    desk.get_by_role("button", name="已确认平安").click()
    expect(desk.get_by_role("main")).to_contain_text("联系到了谁")
    assert ReviewCase.objects.get().is_open
    desk.get_by_label("原因").fill("已电话联系，平安到家")
    desk.get_by_role("button", name="已确认平安").click()
    until(lambda: not ReviewCase.objects.get().is_open, what="the decision")


def test_it_works_without_script(chromium, site, client_user):
    booking = together(client_user, a_place("shen"))
    context = chromium.new_context(java_script_enabled=False, locale="zh-CN", base_url=site)
    page = context.new_page()
    sign_in(page, client_user, site)
    page.goto(f"/bookings/{booking.pk}/")
    page.get_by_role("link", name="我需要帮助").click()
    expect(page.locator('main a[href="tel:110"]')).to_be_visible()
    page.get_by_role("button", name="通知平台值班人员").click()
    expect(page.get_by_role("main")).to_contain_text("求助了")
    assert Alarm.objects.count() == 1
    page.get_by_role("button", name="我没事了").click()
    expect(page.get_by_role("main")).to_contain_text("说了“我没事了”")
    assert AllClear.objects.count() == 1
    context.close()


def over_since_yesterday(booking: Booking) -> None:
    """As if the link's day had gone by: nobody waits that long for a test."""
    link = Link.objects.get()
    with past_the_triggers():
        Booking.objects.filter(pk=booking.pk).update(state="cancelled", due_ms=None, cancelled_by=link.user_id)
        booking.steps.update(at_ms=1)


def same_but_for_the_clock(now: str, before: str) -> bool:
    return re.sub(r"\d", "", now) == re.sub(r"\d", "", before)
