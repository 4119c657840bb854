"""Stories of money that no other file tells, over real HTTP, from the client's first click to the bank's last word.

After each of them the books balance, and Stripe holds what they say; the fixture of this package sees to that.
"""

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import call_command

from accounts.models import Letter
from bookings import services as bookings
from bookings.models import Booking
from payments import services, tasks
from payments.models import (
    AccountKind,
    BankPayout,
    Dispute,
    Earning,
    FinanceTask,
    Payment,
    Payout,
    PayoutAccount,
    Refund,
)
from payments.services.books import check_books
from payments.services.ledger import of_user
from tests.bookings.test_page_sums import url, words_of
from tests.orders import ordered, settle
from tests.payments.paying import checkout, paid
from tests.payments.serving import BAD_BANK, all_is_well, come_due, pay_day, prepaid, served, with_account, work
from tests.payments.whole_story import Story
from tests.stand_in import StandIn
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)
PENDING_REFUND_CARD, REFUND_FAILS_CARD, ASKS_ALWAYS = "4000000000007726", "4000000000005126", "4000002760003184"


def fen(kind: AccountKind, user) -> int:
    return of_user(kind, user.pk).balance


@pytest.fixture
def cancelled(stand_in, client_user, listing):
    """An order that was paid by such a card and cancelled; Stripe was asked to send the money back."""

    def cancel(card: str) -> Booking:
        booking = ordered(client_user, listing)
        paid(stand_in, bookings.payment_of(booking), card=card)
        booking.refresh_from_db()
        bookings.cancel(booking=booking, by=client_user)
        work()
        nothing_settles_by_itself(stand_in)
        return booking

    return cancel


class TestByWallet:
    @pytest.mark.parametrize("wallet", ["alipay", "wechat_pay"])
    def test_it_is_paid_served_paid_out_and_the_rest_arrives_later(
        self, stand_in, payment, client_user, companion, wallet
    ):
        with_account(stand_in, companion)
        stand_in.http.post(checkout(payment), data={"method": wallet})
        payment.refresh_from_db()
        assert services.sync_payment(payment=payment).method == wallet
        served(payment.ref, companion, 600)
        pay_day()
        assert (Refund.objects.get().status, fen(AccountKind.REFUND_PENDING, client_user)) == ("pending", 400)
        all_is_well()
        stand_in.control(f"refunds/{Refund.objects.get().stripe_id}/succeed")
        services.sync_refund(refund=Refund.objects.get())
        assert (Refund.objects.get().status, fen(AccountKind.REFUND_PENDING, client_user)) == ("succeeded", 0)
        assert services.balance_of(user=companion).sent == 510


class TestThreeDSecureOnThePage:
    @pytest.fixture
    def asked(self, stand_in, client_user, listing):
        """The order, and where the bank asks."""
        booking = ordered(client_user, listing)
        answer = stand_in.pay(checkout(bookings.payment_of(booking)), card=ASKS_ALWAYS)
        return booking, answer.headers["location"]

    def test_proved_it_is_paid(self, stand_in, asked):
        booking, bank = asked
        stand_in.prove(bank)
        services.sync_payment(payment=bookings.payment_of(booking))
        booking.refresh_from_db()
        assert booking.state == "requested"

    def test_who_leaves_the_banks_page_pays_nothing_and_not_later_either(self, stand_in, asked):
        booking, bank = asked
        settle(booking)
        services.close_checkout(payment=bookings.payment_of(booking))
        stand_in.prove(bank)
        payment = services.sync_payment(payment=bookings.payment_of(booking))
        assert (payment.status, booking.state) == ("expired", "expired")
        assert not [one for one in stand_in.listed("charges") if one["status"] == "succeeded"]


class TestPaidASecondBeforeItWasGivenUp:
    def test_it_goes_back_at_once_whoever_hears_of_it(self, stand_in, client_user, listing):
        booking = ordered(client_user, listing)
        stand_in.pay(checkout(bookings.payment_of(booking)))
        settle(booking)
        # The worker closes the page, and finds that it was paid.
        services.close_checkout(payment=bookings.payment_of(booking))
        booking.refresh_from_db()
        assert (booking.state, bookings.payment_of(booking).status) == ("expired", "succeeded")
        work()
        assert [(one["amount"], one["status"]) for one in stand_in.refunds()] == [(1000, "succeeded")]
        assert fen(AccountKind.PREPAY, client_user) == 0


class TestARefundThatFails:
    @pytest.mark.parametrize("card", [PENDING_REFUND_CARD, REFUND_FAILS_CARD], ids=["on its way", "after it had left"])
    def test_it_is_kept_for_him_he_reads_so_and_it_goes_when_asked_again(
        self, stand_in, cancelled, client, client_user, card
    ):
        booking = cancelled(card)
        first = Refund.objects.get()
        stand_in.control(f"refunds/{first.stripe_id}/fail")
        services.sync_refund(refund=first)
        assert fen(AccountKind.PREPAY, client_user) == 1000
        assert FinanceTask.objects.get(kind="refund_failed").closed_at is None
        assert "kept for you" in words_of(client, client_user, url("detail", booking))
        [line] = check_books()
        assert f"refund_again {booking.pk}" in line
        call_command("refund_again", str(booking.pk), stdout=StringIO())
        work()
        nothing_settles_by_itself(stand_in)
        second = Refund.objects.get(seq=2)
        stand_in.control(f"refunds/{second.stripe_id}/succeed")
        services.sync_refund(refund=second)
        assert [one.status for one in Refund.objects.order_by("seq")] == ["failed", "succeeded"]
        assert fen(AccountKind.PREPAY, client_user) == 0
        assert FinanceTask.objects.get(kind="refund_failed").closed_at
        assert "kept for you" not in words_of(client, client_user, url("detail", booking))


def nothing_settles_by_itself(stand_in: StandIn) -> None:
    """What was begun until now takes ten minutes longer."""
    stand_in.control("clock", advance=-600)


class TestATransferThatIsRefused:
    def test_because_of_its_charge_it_stays_hers_and_finance_is_told(self, stand_in, client_user, companion):
        """Somebody has sent her money of the same charge by hand, and fetches it back."""
        account = with_account(stand_in, companion)
        ref = prepaid(stand_in, client_user, 3000)
        served(ref, companion, 3000)
        by_hand = {"amount": 1000, "currency": "cny", "destination": account.stripe_id}
        charge = Payment.objects.get().charge_id
        sent = stand_in.api.post("/v1/transfers", data={**by_hand, "source_transaction": charge}).json()
        pay_day()
        payout, earning = Payout.objects.get(), Earning.objects.get()
        assert (payout.status, earning.released_at, fen(AccountKind.PAYABLE, companion)) == ("failed", None, 2550)
        assert FinanceTask.objects.get(kind="payout_refused").closed_at is None
        [line] = check_books()
        assert "stripe_clearing" in line
        stand_in.api.post(f"/v1/transfers/{sent['id']}/reversals").raise_for_status()
        all_is_well()
        pay_day()
        assert Payout.objects.count() == 1

    def test_because_she_left_between_the_release_and_the_transfer(self, stand_in, client_user, companion):
        account = with_account(stand_in, companion)
        served(prepaid(stand_in, client_user, 3000), companion, 3000)
        come_due()
        tasks.release_payouts()
        stand_in.control(f"accounts/{account.stripe_id}/deauthorize")
        services.send_payout(payout_id=Payout.objects.get().pk)
        assert (Payout.objects.get().status, fen(AccountKind.PAYABLE, companion)) == ("failed", 2550)
        assert FinanceTask.objects.get(kind="payout_refused").closed_at is None
        assert PayoutAccount.objects.get().left_at
        all_is_well()
        with_account(stand_in, companion)
        pay_day()
        assert services.balance_of(user=companion).sent == 2550
        assert FinanceTask.objects.get(kind="payout_refused").closed_at


class TestABankThatDoesNotTakeHerMoney:
    def test_it_waits_on_her_account_there_and_nothing_moves_here(self, stand_in, client_user, companion):
        with_account(stand_in, companion, bank=BAD_BANK)
        served(prepaid(stand_in, client_user, 3000), companion, 3000)
        pay_day()
        before = services.balance_of(user=companion)
        stand_in.control("clock", advance=3 * 86400)
        stand_in.control("payouts/run")
        stand_in.control("clock", advance=60)
        services.sync_account(user_id=companion.pk)
        services.sync_account(user_id=companion.pk)
        assert [(one.status, one.failure_code) for one in BankPayout.objects.all()] == [("failed", "account_closed")]
        assert Letter.objects.filter(to=companion, key__startswith="bank-payout-failed").count() == 1
        assert services.balance_of(user=companion) == before


def test_webhooks_that_come_ten_minutes_late_bring_all_there_is_to_know(
    stand_in, client_user, companion, live_server, at_once
):
    """Nobody comes back from Stripe's page, and nobody looks: what is known is what they say."""
    stand_in.listen(live_server.url)
    stand_in.control("webhooks", mode="delayed", seconds=600)
    story = Story(stand_in, client_user, companion)

    def ten_minutes_later(what: str, is_so: Callable[[], bool]) -> None:
        assert not is_so()
        stand_in.control("clock", advance=600)
        until(lambda: work() or is_so(), what=what)

    story.ask_for_the_page()
    story.pay()
    ten_minutes_later("the payment", lambda: story.first().status == "succeeded")
    story.charge_the_card()
    story.begin_account()
    story.tell_all()
    ten_minutes_later("the account", lambda: PayoutAccount.objects.get().can_receive)
    story.serve()
    story.release()
    work()
    story.complain()
    ten_minutes_later("the dispute", lambda: Dispute.objects.exists())
    story.lose()
    ten_minutes_later("the loss", lambda: Dispute.objects.filter(booked_at__isnull=False).exists())
    story.must_be_done_once()
    stand_in.control("webhooks", mode="normal")
    stand_in.control("clock", advance=-4 * 600)
    undisturbed = Story(stand_in, client_user, companion)
    for step in undisturbed.steps:
        step()
    assert story.told() == undisturbed.told()
    all_is_well()
