"""A companion's money on her phone: the account she sets up at Stripe, what is paid out when, a bank that refuses."""

import csv
import io

from django.db.models import F
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import Letter
from payments import tasks
from payments.models import BankPayout, Earning, Payout, PayoutAccount
from payments.services.books import check_books
from tests.browser.steps import heard_by
from tests.payments.serving import BAD_BANK, prepaid, served
from tests.waiting import until


def test_from_the_workbench_to_the_bank_and_what_to_do_when_that_refuses(
    phone, client_user, companion, stand_in, tmp_path
):
    served(prepaid(stand_in, client_user, 3000, 1000), companion, 3500)
    hers = phone(companion)
    complaints = heard_by(hers)
    hers.goto(reverse("bookings:workbench"))
    hers.get_by_role("link", name="收入与到账").click()
    reads(hers, "钱到哪里", "未到账期", "¥29.75", "待转出")

    hers.get_by_role("button", name="设置收款账户").click()
    hers.get_by_role("button", name="以后再说").click()
    reads(hers, "还差一点")
    hers.get_by_role("button", name="继续").click()
    fill_in(hers, BAD_BANK)
    reads(hers, "Stripe 正在审核")
    stand_in.control("clock", advance=60)
    expect(main(hers)).to_contain_text("收款账户一切正常", timeout=20_000)

    Earning.objects.update(due_at=F("settled_at"))
    tasks.release_payouts()
    until(lambda: set(Payout.objects.values_list("status", flat=True)) == {"sent"}, what="the transfers", seconds=20)
    hers.reload()
    reads(hers, "已转入你的账户", "¥29.75")

    stand_in.control("clock", advance=3 * 86400)
    stand_in.control("payouts/run")
    stand_in.control("clock", advance=6 * 86400)
    until(lambda: BankPayout.objects.filter(status="failed").exists(), what="the bank's refusal", seconds=20)
    stand_in.control("clock", reset=True)
    hers.reload()
    reads(hers, "被银行退回，钱没有丢。", "账户已销户，请换一个银行账户。", "Stripe 还需要一些资料")
    assert Letter.objects.get(to=companion, key__startswith="bank-payout-failed").subject == "¥29.75 没能到达你的银行"

    with hers.expect_download() as download:
        hers.get_by_role("link", name="对账单").click()
    download.value.save_as(tmp_path / "all.csv")
    lines = list(csv.DictReader(io.StringIO((tmp_path / "all.csv").read_text("utf-8-sig"))))
    assert [(line["金额（元）"], line["余额（元）"]) for line in lines][0] == ("29.75", "29.75")
    assert lines[-1]["余额（元）"] == "0.00"
    assert PayoutAccount.objects.get().user == companion
    assert not complaints and check_books() == []


def main(page: Page):
    return page.get_by_role("main")


def reads(page: Page, *words: str) -> None:
    for each in words:
        expect(main(page)).to_contain_text(each, use_inner_text=True)


def fill_in(page: Page, bank: str) -> None:
    """What Stripe's page asks of her."""
    page.get_by_label("姓名").fill("王珊")
    page.get_by_label("出生日期").fill("1990-05-01")
    page.get_by_label("证件号码").fill("110101199005010022")
    page.get_by_label("银行账号").fill(bank)
    page.locator("#outcome-good").check()
    page.get_by_role("button", name="提交").click()
