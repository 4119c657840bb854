"""What the finance pages say of disputes, refunds, differences and days: who bears what, and no number that is none."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from bookings import services as bookings
from payments import services, words
from payments.models import BookEntry, Dispute, FinanceTask, Payment, Refund, StripeEvent, Transfer, TransferKind
from payments.services import reconciling
from payments.services.entries import import_entries
from payments.services.reconciling import Finding
from tests.orders import ordered, past_the_triggers
from tests.payments.paying import paid
from tests.payments.serving import all_is_well, prepaid, served, work
from tests.payments.test_disputes import decided, disputed
from tests.payments.test_finance_pages import at, csv_of, desk
from tests.payments.test_reconciling import made_there

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["desk"]


def read(desk, page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", desk.get(page).content.decode()))


class TestGivingIn:
    def test_it_is_asked_with_whose_it_is_and_who_would_bear_it(self, stand_in, desk, client_user, companion):
        ref = prepaid(stand_in, client_user, 4000)
        served(ref, companion, 3000)
        work()
        dispute = disputed(stand_in, ref)
        page = desk.get(at("dispute_accept", dispute.pk))
        loss = page.context["loss"]
        assert (loss.payer, loss.companion, loss.fee, loss.platform) == (0, 2550, 450, 0)
        said = read(desk, at("dispute_accept", dispute.pk))
        for told in (
            client_user,
            companion,
            "¥25.50",
            "¥4.50",
            dispute.payment.description,
            "持卡人告诉银行",
            "可能不同",
            "争议手续费，已扣：由平台承担 ¥85",
        ):
            assert str(told) in said, told
        assert "不为这笔争议另外付款" in said and "归还" not in said and said.count("争议手续费") == 1
        decided(stand_in, dispute, "lose")
        booked = Transfer.objects.filter(ref=ref, kind__in=[TransferKind.LOST_COMPANION, TransferKind.LOST_FEE])
        assert set(booked.values_list("kind", "amount")) == {("lost_companion", loss.companion), ("lost_fee", loss.fee)}
        all_is_well()

    def test_an_order_is_called_by_its_number_and_a_running_one_is_not_shared_out_yet(
        self, stand_in, desk, client_user, listing
    ):
        booking = ordered(client_user, listing)
        paid(stand_in, bookings.payment_of(booking))
        booking.refresh_from_db()
        bookings.accept(booking=booking, by=listing.companion.user)
        dispute = disputed(stand_in, booking.pk)
        page = desk.get(at("dispute_accept", dispute.pk))
        assert page.context["loss"] is None
        said = read(desk, at("dispute_accept", dispute.pk))
        for told in (booking.code, "订单还没有结算，或还有钱在路上", "收入 还没有人从中得到收入", "由平台承担 ¥85"):
            assert told in said, told

    def test_a_fee_that_is_not_booked_is_no_sum(self, stand_in, desk, client_user):
        dispute = disputed(stand_in, prepaid(stand_in, client_user, 3000))
        assert services.dispute_fee(dispute=dispute) == 8500
        with transaction.atomic():
            with past_the_triggers():
                Transfer.objects.filter(kind=TransferKind.DISPUTE_FEE).delete()
            said = read(desk, at("dispute_accept", dispute.pk))
            transaction.set_rollback(True)
        assert "已扣" not in said and "争议手续费由平台承担。" in said

    def test_once_it_is_done_nothing_on_the_page_asks_for_an_answer(self, stand_in, desk, client_user, companion):
        dispute = disputed(stand_in, prepaid(stand_in, client_user, 3000))
        page = at("dispute_change", dispute.pk)
        before = read(desk, page)
        assert "答复截止" in before and "银行等待我们答复" in before
        answer = desk.post(at("dispute_accept", dispute.pk), follow=True)
        said = answer.content.decode()
        assert "正在认下" in said and "已认下。支付方确认后" in said
        for asks in ("答复截止", "银行等待我们答复", at("dispute_accept", dispute.pk), "发送给银行"):
            assert asks not in said, asks
        assert FinanceTask.objects.get(kind="dispute").closed_at
        assert not reconciling.open_tasks()
        services.send_acceptance(dispute_id=dispute.pk)
        assert "败诉" in read(desk, page) and "lost" not in read(desk, page)

    def test_nor_once_it_is_answered(self, stand_in, desk, client_user, companion, finance):
        dispute = disputed(stand_in, prepaid(stand_in, client_user, 3000))
        services.ask_to_send(dispute=dispute, evidence={"uncategorized_text": "She came."}, by=finance)
        said = read(desk, at("dispute_change", dispute.pk))
        assert "答复正在发往银行" in said and "答复截止" not in said
        assert not reconciling.open_tasks()

    def test_nothing_is_locked_or_written_by_asking(self, stand_in, client_user, companion):
        dispute = disputed(stand_in, prepaid(stand_in, client_user, 3000))
        services.loss_now(dispute=dispute)
        assert (Dispute.objects.get().booked_at, Payment.objects.get().charged_back) == (None, 0)


@pytest.mark.books_differ("the refunds have failed")
class TestRefunds:
    @pytest.mark.parametrize(
        ("given", "arrived", "said"),
        [
            ({"status": "failed"}, False, "未能退出"),
            ({"status": "failed", "stripe_id": "re_1"}, False, "途中失败"),
            ({"status": "failed", "stripe_id": "re_1"}, True, "到账后又被退回"),
            ({"status": "succeeded", "stripe_id": "re_1"}, True, "成功"),
        ],
    )
    def test_one_that_failed_says_when(self, given, arrived, said):
        refund = Refund(**given)
        refund.arrived = arrived
        assert words.became_of(refund) == said

    def test_one_that_came_back_says_so_in_the_list_the_row_and_the_story(self, stand_in, desk, client_user, companion):
        ref = prepaid(stand_in, client_user, 3000)
        served(ref, companion, 1800)
        work()
        refund = Refund.objects.get()
        stand_in.control(f"refunds/{refund.stripe_id}/fail")
        services.sync_refund(refund=refund)
        for page in (at("refund_changelist"), at("refund_change", refund.pk), at("story", ref)):
            assert "到账后又被退回" in read(desk, page), page


class TestDifferences:
    def test_the_order_and_the_sums_come_first(self, stand_in, desk):
        BookEntry.objects.create(id="txn_1", kind="charge", amount=7, fee=0, net=7, created_at="2026-01-01T00:00Z")
        page = desk.get(at("unmatched")).content.decode()
        assert re.findall(r'data-label="(.*?)"', page) == ["订单", "我方", "支付方", "原因", "支付方编号", "时间"]

    @pytest.mark.parametrize(
        ("finding", "sums"),
        [
            (Finding("missing_there", ours=500), ("¥5", "支付方没有")),
            (Finding("missing_here", theirs=-500), ("我方没有", "-¥5")),
            (Finding("not_compared", ours=500, absent="theirs"), ("¥5", "还没有读到")),
            (Finding("not_compared", ours=500), ("¥5", "¥0")),
            (Finding("another_amount", ours=500), ("¥5", "¥0")),
            (Finding("foreign", theirs=700), ("—", "¥7")),
            (Finding("unexplained", ours=500), ("¥5", "—")),
            (Finding("changed", theirs=500), ("—", "¥5")),
        ],
    )
    def test_what_is_not_there_is_no_sum(self, finding, sums):
        assert (finding.our_sum, finding.their_sum) == sums
        assert Finding(**finding.as_json()) == replace(finding, absent="")

    @pytest.mark.books_differ("nothing was compared yet")
    def test_of_a_day_that_was_not_compared_the_file_says_no_more_than_the_page(
        self, stand_in, desk, client_user, no_rest
    ):
        prepaid(stand_in, client_user, 3000)
        head, row = csv_of(desk.get(at("daily_csv")))
        assert row.startswith(f"{timezone.localdate():%Y-%m-%d},30.00,,0.00,0.00,")
        page = desk.get(at("daily")).content.decode()
        assert re.search(r'data-label="客人付入（支付方账）">—<', page) and "客人付入（支付方账）" in head

    @pytest.mark.books_differ("nothing was compared yet")
    def test_what_was_not_read_yet_says_so_on_the_page_and_in_the_file(self, stand_in, desk, client_user, no_rest):
        prepaid(stand_in, client_user, 3000)
        assert "还没有读到" in read(desk, at("unmatched")) and "¥0" not in read(desk, at("unmatched"))
        assert csv_of(desk.get(at("unmatched_csv")))[1].endswith(",还没有读到")


def test_the_story_says_what_its_numbers_are(stand_in, desk, client_user, companion):
    ref = prepaid(stand_in, client_user, 4000)
    served(ref, companion, 3000)
    work()
    services.reconcile()
    charge = Payment.objects.get().charge_id
    StripeEvent.objects.create(id="evt_1", type="charge.succeeded", payload={"data": {"object": {"id": charge}}})
    answer = desk.get(at("story", ref)).content.decode()
    assert not re.search(r"<small>\s*\d+\s*</small>", answer)
    said = read(desk, at("story", ref))
    for told in ("第 1 笔", "第 1–1 分钟", "带负号的金额", "扣款：成功", "退款"):
        assert told in said, told
    assert "charge.succeeded" not in said


def test_a_line_counts_only_where_its_number_is_one_of_a_list(stand_in, client_user, companion):
    ref = prepaid(stand_in, client_user, 4000)
    disputed(stand_in, ref)
    counted = {line.transfer.kind: line.is_counted for line in reconciling.story_of(ref=ref).lines}
    assert counted == {"payment": True, "stripe_fee": True, "dispute": False, "dispute_fee": False}


@pytest.mark.books_differ("what was done by hand is taken in later")
def test_what_was_done_by_hand_counts_on_the_day_it_was_done(stand_in, client_user, companion, finance, no_rest):
    """Once as a refund of the payer's own, once at the platform's cost: both two days before they are booked."""
    own, cost = prepaid(stand_in, client_user, 3000), prepaid(stand_in, client_user, 3000)
    served(own, companion, 1800)
    served(cost, companion, 3000)
    work()
    refund = Refund.objects.get(ref=own)
    stand_in.control(f"refunds/{refund.stripe_id}/fail")
    services.sync_refund(refund=refund)
    sources = [_sent_back(stand_in, own, 1200), _sent_back(stand_in, cost, 500)]
    import_entries()
    day = timezone.localdate() - timedelta(days=2)
    with past_the_triggers():
        BookEntry.objects.filter(source__in=sources).update(created_at=F("created_at") - timedelta(days=2))
    for source, ref in zip(sources, (own, cost), strict=True):
        call_command("adopt", source, str(ref), by=finance.email, why="his card is closed")
    sent = {one.day: (one.ours.refunded, one.theirs.refunded) for one in reconciling.daily_totals()}
    assert sent[day] == (1700, 1700)
    assert all(ours == theirs for ours, theirs in sent.values())
    assert day not in {one.day for one in reconciling.daily_totals(since=day + timedelta(days=1))}


def _sent_back(stand_in, ref, amount: int) -> str:
    payment = Payment.objects.get(ref=ref)
    return made_there(stand_in, "refunds", payment_intent=payment.payment_intent_id, amount=amount)["id"]


@pytest.mark.parametrize("page", ["admin:index", "admin:payments_health", "admin:payments_payment_changelist"])
def test_the_pages_are_the_products(desk, page):
    said = desk.get(reverse(page)).content.decode()
    assert "我在 · 管理" in re.search(r"<title>(.*?)</title>", said, re.S)[1]
    assert "Django" not in re.sub(r"<script.*?</script>|<[^>]*>", "", said, flags=re.S)
