"""What a companion reads of her money: by her orders, split by where it is, and what a bank took back of it."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Letter
from bookings.models import Booking
from payments import services, signals
from payments.models import Earning, Refund
from tests.disputes import disputed, lost
from tests.payments.serving import come_due, pay_day, prepaid, served, with_account, work
from tests.payments.test_disputes import decided
from tests.payments.test_disputes import disputed as asked_back
from tests.payments.test_income import earned

pytestmark = pytest.mark.django_db
THROUGH_STRIPE = pytest.mark.django_db(transaction=True)
PAGE, STATEMENT = "/me/payouts/", "/me/payouts/statement.csv"


@pytest.fixture
def order(client_user, listing) -> Booking:
    """A settled order, of which 5.10 yuan are hers."""
    return settled(client_user, listing)


def settled(client_user, listing) -> Booking:
    return earned(client_user, listing, 18, timezone.now())


@pytest.fixture
def desk(client, companion):
    client.force_login(companion)
    return client


def lose(order: Booking) -> None:
    """What was not used is back with the client; then his bank takes all of it, for good."""
    Refund.objects.update(status="succeeded", stripe_id="re_1")
    assert services.book_loss(dispute_id=lost(order).pk)


def words(desk) -> str:
    return " ".join(desk.get(PAGE).content.decode().split())


def lines(desk, **query) -> list[dict[str, str]]:
    answer = desk.get(STATEMENT, query)
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))


def test_it_is_where_she_looks_for_her_money_and_leads_back_there(desk, client_user):
    workbench = desk.get(reverse("bookings:workbench")).text
    today = workbench.split('id="today-title"')[1].split("</section>")[0]
    assert f'href="{PAGE}"' in today and "收入与到账" in today
    assert f'href="{PAGE}"' in desk.get(reverse("accounts:profile")).text
    back = f'href="{reverse("bookings:workbench")}"'
    assert back in words(desk).split("<h1>")[0].split("<main")[1]
    desk.force_login(client_user)
    assert back not in words(desk)


def test_each_row_is_her_order_and_leads_to_it(desk, order):
    page = words(desk)
    assert f'<a href="{reverse("bookings:receipt", args=[order.pk])}">订单号 {order.code}</a>' in page
    assert "即时倾听" in page or str(order.listing.policy.label) in page
    assert order.listing.companion.display_name not in page.split("<main", 1)[1]


def test_the_statement_names_orders_in_her_language_and_its_file_the_period(desk, order, companion):
    [line] = lines(desk)
    assert (line["订单号"], line["金额（元）"]) == (order.code, "5.10")
    assert line["服务时间"] == f"{timezone.localtime(order.created_at):%Y-%m-%d %H:%M:%S}"
    companion.language = "en"
    companion.save()
    desk.cookies["django_language"] = "en"
    assert lines(desk)[0]["Service"] == "Quick listener"
    month = timezone.localdate()
    in_month = desk.get(STATEMENT, {"month": f"{month:%Y-%m}"})["Content-Disposition"]
    assert f'"wozai-statement-{month:%Y-%m}.csv"' in in_month
    assert f'"wozai-statement-until-{month:%Y-%m-%d}.csv"' in desk.get(STATEMENT)["Content-Disposition"]


def test_what_is_held_or_stopped_is_not_called_available(companion, client_user, listing):
    _, held, stopped, later = (settled(client_user, listing).pk for _ in range(4))
    Earning.objects.filter(pk=stopped).update(stopped="not_covered")
    come_due()
    Earning.objects.filter(pk=later).update(due_at=timezone.now() + timedelta(days=1))
    disputed(Booking.objects.get(pk=held))
    balance = services.balance_of(user=companion)
    each = (balance.pending, balance.ready, balance.held, balance.stopped)
    assert each == (510, 510, 510, 510)
    assert balance.here == sum(each) == sum(Earning.objects.values_list("amount", flat=True))


def test_what_waits_says_why_and_all_adds_up_on_the_page(desk, order):
    disputed(order)
    page = words(desk)
    assert "暂缓转出 <small>付款被银行争议，或我们正在了解情况</small></span>" in page
    assert '合计</span><span class="money">¥5.10</span>' in page


def test_a_lost_dispute_is_told_by_letter_once_and_beside_the_order(desk, order, companion):
    Refund.objects.update(status="succeeded", stripe_id="re_1")
    dispute = lost(order)
    assert services.book_loss(dispute_id=dispute.pk)
    assert not services.book_loss(dispute_id=dispute.pk)
    letter = Letter.objects.get(to=companion, key=f"earning-lost-{dispute.pk}")
    assert order.code in letter.subject
    assert "¥5.10" in letter.body
    assert "不是本人付的" in letter.body
    page = words(desk)
    assert "其中你的 ¥5.10" in page and "已用来抵扣被银行收回的付款" in page
    assert "自动转出" not in page.split("逐单明细")[1]
    assert "不是本人付的" in page


@THROUGH_STRIPE
def test_what_was_sent_and_is_gone_is_made_good_by_what_she_earns_next(stand_in, desk, client_user, companion):
    with_account(stand_in, companion)
    ref = prepaid(stand_in, client_user, 3000)
    served(ref, companion, 3000)
    pay_day()
    stand_in.control("clock", advance=3 * 86400)
    stand_in.control("payouts/run")
    decided(stand_in, asked_back(stand_in, ref), "lose")
    stand_in.control("clock", reset=True)
    assert "还没补上的共 ¥25.50" in words(desk)
    served(prepaid(stand_in, client_user, 5000), companion, 5000)
    pay_day()
    work()
    assert "还没补上" not in words(desk)


@THROUGH_STRIPE
def test_what_was_fetched_back_is_told(stand_in, desk, client_user, companion):
    with_account(stand_in, companion)
    ref = prepaid(stand_in, client_user, 3000)
    served(ref, companion, 3000)
    pay_day()
    decided(stand_in, asked_back(stand_in, ref), "lose")
    assert "有 ¥25.50 从你的 Stripe 账户追回" in words(desk)


@THROUGH_STRIPE
def test_a_reference_that_nobody_knows_goes_by_its_id(desk, stand_in, client_user, companion):
    ref = prepaid(stand_in, client_user, 3000)
    served(ref, companion, 3000)
    assert signals.names_asked.receivers
    assert str(ref) in words(desk)


def test_the_receipt_says_what_was_taken_back_of_it(desk, order, companion):
    receipt = reverse("bookings:receipt", args=[order.pk])
    assert "被客人的银行收回" not in desk.get(receipt).text
    lose(order)
    text = desk.get(receipt).text.partition("被客人的银行收回")[2]
    assert "−¥5.10" in text and f'href="{PAGE}"' in text


def test_a_line_says_what_is_left_of_it(desk, order):
    assert "<del>" not in words(desk)
    lose(order)
    assert "<del>" in words(desk)


def test_no_day_is_promised_for_what_is_gone_or_has_nowhere_to_go(desk, order, companion):
    assert "设置好收款账户后转出" in words(desk)
    assert services.balance_of(user=companion).next_at
    lose(order)
    assert services.balance_of(user=companion).next_at is None
