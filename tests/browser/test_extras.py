"""What was laid out on a visit, on two phones: asked for with its receipt, paid when agreed to, or declined."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from bookings.models import Booking, State
from payments.models import Transfer
from payments.services.books import check_books
from tests.browser.steps import heard_by, pass_code, pay
from tests.papers import a_photo
from tests.visits import a_place, bought, code, due_in, enter
from tests.waiting import until


def test_one_is_paid_and_one_is_declined(phone, client_user, stand_in, tmp_path):
    booking = due_in(bought(client_user, a_place("shen"), stand_in), 5)
    booking = enter(booking, code(booking))
    his, hers = phone(client_user), phone(booking.companion)
    complaints = [heard_by(page) for page in (his, hers)]
    for page in (his, hers):
        page.goto(f"/bookings/{booking.pk}/")
    expect(main(his)).not_to_contain_text("垫付")

    ask(hers, tmp_path, "挂号费", "¥23.50")
    expect(main(hers)).to_contain_text("等lin答复")
    expect(main(his)).to_contain_text("挂号费")
    sees_the_receipt(his)
    his.get_by_role("button", name="换张卡，或用支付宝、微信").click()
    pay(his, "5555555555554444")
    expect(main(his)).to_contain_text("已付给陪诊师，不收服务费")
    expect(main(hers)).to_contain_text("已付给你，不收服务费")

    ask(hers, tmp_path, "复印病历", "6")
    his.get_by_role("button", name=re.compile("付 ¥6")).click()
    expect(main(his)).to_contain_text("已付，全额归陪诊师")

    ask(hers, tmp_path, "打车", "4o", taken=False)
    expect(main(hers)).to_contain_text("照片已加密保存")
    hers.get_by_label("多少钱").fill("４０")
    hers.get_by_role("button", name="发给客人").click()
    his.get_by_text("不，我不同意").click()
    his.get_by_label("给陪诊师留句话").fill("打车说好各付各的。")
    his.get_by_role("button", name="不同意付这笔").click()
    expect(main(hers)).to_contain_text("「打车说好各付各的。」")
    expect(main(his)).to_contain_text("你没有同意")

    pass_code(hers, his, "结束订单")
    until(lambda: Booking.objects.get().state == State.SETTLED, seconds=20, what="the settling")
    for page, words in ((his, "全额付给陪诊师，不收服务费"), (hers, "全额付给你，不收服务费")):
        page.goto(f"/bookings/{booking.pk}/receipt/")
        for each in ("挂号费 ¥23.50", "复印病历 ¥6", words):
            expect(main(page)).to_contain_text(each, use_inner_text=True)
        expect(main(page)).not_to_contain_text("打车")
    hers.goto("/bookings/workbench/")
    expect(main(hers)).to_contain_text("另有 ¥29.50 是客人付还的垫付款")
    assert sorted(Transfer.objects.filter(kind="extra").values_list("amount", flat=True)) == [600, 2350]
    assert not any(complaints) and check_books() == []


def main(page: Page):
    return page.get_by_role("main")


def ask(page: Page, folder: Path, what: str, yuan: str, *, taken: bool = True) -> None:
    receipt = folder / "receipt.jpg"
    receipt.write_bytes(a_photo().read())
    page.get_by_role("link", name="记一笔垫付").click()
    page.get_by_label("付了什么").fill(what)
    page.get_by_label("多少钱").fill(yuan)
    page.get_by_label("票据照片").set_input_files(receipt)
    page.get_by_role("button", name="发给客人").click()
    if taken:
        expect(main(page)).to_contain_text(what)


def sees_the_receipt(page: Page) -> None:
    photo = page.get_by_role("img", name="票据：挂号费")
    photo.scroll_into_view_if_needed()
    until(lambda: photo.evaluate("image => image.naturalWidth") == 320, what="the photo")
