"""What went past Stripe, over our own bank, and debts that were let go: booked, so that nothing waits for them."""

import threading
from io import StringIO
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

from bookings import services as bookings
from common.money import plain_yuan
from payments import services, tasks
from payments.models import AccountKind, Earning, FinanceTask, Outside, Payment, Payout, Refund, TransferKind
from payments.services import outside, reconciling
from payments.services.books import check_books
from payments.services.ledger import Posting, of_user, post
from tests.orders import live, past_the_triggers, settle
from tests.payments.serving import all_is_well, come_due, pay_day, prepaid, served, with_account, work
from tests.payments.test_disputes import decided, disputed, fen
from tests.payments.test_reconciling import found

pytestmark = pytest.mark.django_db(transaction=True)


def booked(kind: str, ref: UUID, whose: object, yuan: str, **told: object) -> str:
    said = StringIO()
    told = {"number": "HT-1", "by": "cai@example.com", "why": "agreed by phone"} | told
    call_command("book_outside", kind, str(ref), getattr(whose, "email", whose), yuan, **told, stdout=said)
    return said.getvalue()


def refused(why: str, *args: object, **told: object) -> None:
    before = Outside.objects.count()
    with pytest.raises(CommandError, match=why):
        booked(*args, **told)
    assert Outside.objects.count() == before


def waiting(kind: str) -> bool:
    return FinanceTask.objects.filter(kind=kind, closed_at=None).exists()


class TestMoneyBackToAClient:
    @pytest.fixture
    def stuck(self, stand_in, client_user, companion, finance) -> UUID:
        """1200 fen could not go back: his card is closed."""
        ref = prepaid(stand_in, client_user, 3000)
        served(ref, companion, 1800)
        work()
        refund = Refund.objects.get(ref=ref)
        stand_in.control(f"refunds/{refund.stripe_id}/fail")
        services.sync_refund(refund=refund)
        assert waiting("refund_failed")
        return ref

    def test_it_is_his_refund_and_nothing_waits_any_more(self, client_user, finance, stuck, no_rest):
        assert booked("refund", stuck, client_user, "12") == "¥12: booked under HT-1.\n"
        refund, one = Refund.objects.latest("pk"), Outside.objects.get()
        assert (refund.status, refund.amount, refund.outside, refund.stripe_id) == ("succeeded", 1200, one, None)
        assert (one.whose, one.by, one.why) == (client_user, finance, "agreed by phone")
        assert (fen(AccountKind.PREPAY, client_user), fen(AccountKind.OWN_BANK, client_user)) == (0, -1200)
        assert not waiting("refund_failed")
        assert found() == []
        all_is_well()

    def test_until_somebody_says_that_it_is_sent_it_is_to_be_done(self, client, client_user, finance, stuck):
        booked("refund", stuck, client_user, "12")
        task = FinanceTask.objects.get(kind="to_send", closed_at=None)
        assert (task.ref, task.note) == (stuck, f"¥12 to {client_user.email}, under the number HT-1")
        client.force_login(finance)
        chosen = {"action": "settle", "_selected_action": [task.pk]}
        client.post(reverse("admin:payments_financetask_changelist"), chosen)
        assert not waiting("to_send")

    def test_nothing_of_it_counts_as_gone_from_the_provider(self, client_user, stuck, no_rest):
        booked("refund", stuck, client_user, "12")
        assert found() == []
        [day] = reconciling.daily_totals()
        assert day.ours == day.theirs

    def test_twice_under_one_number_is_once(self, client_user, stuck):
        booked("refund", stuck, client_user, "12")
        booked("refund", stuck, client_user, "12")
        assert (Outside.objects.count(), Refund.objects.count()) == (1, 2)
        booked("refund", stuck, client_user, "12", number=" ht-1 ")
        assert Outside.objects.count() == 1
        refused("known already", "refund", stuck, client_user, "11")
        all_is_well()

    def test_anything_but_all_of_his_own_is_refused(self, client_user, other_client, stuck):
        services.open_payment(payer=other_client, ref=uuid4(), amount=100, description="x")
        for not_so_much in ("12.01", "5"):
            refused("¥12 of this order are theirs", "refund", stuck, client_user, not_so_much)
        refused("paid nothing for this order", "refund", stuck, other_client, "12")
        refused("there is none", "refund", uuid4(), client_user, "12")
        refused("up to 80 characters", "refund", stuck, client_user, "12", number="9" * 81)
        for no_sum in ("12.005", "-1", "twelve"):
            refused("no sum in yuan", "refund", stuck, client_user, no_sum)
        refused("Nobody has the address", "refund", stuck, "nobody@example.com", "12")
        refused("Nobody of finance", "refund", stuck, client_user, "12", by=client_user.email)
        all_is_well()

    def test_over_several_payments_each_is_its_own_refund(self, stand_in, client_user, companion, finance):
        ref = prepaid(stand_in, client_user, 3000, 1000)
        served(ref, companion, 1800)
        work()
        for refund in Refund.objects.filter(ref=ref):
            stand_in.control(f"refunds/{refund.stripe_id}/fail")
            services.sync_refund(refund=refund)
        booked("refund", ref, client_user, "22")
        mine = Refund.objects.filter(outside="HT-1").order_by("seq")
        assert [(one.payment.seq, one.amount) for one in mine] == [(2, 1000), (1, 1200)]
        assert not waiting("refund_failed")
        all_is_well()

    def test_while_the_order_goes_on_or_something_is_under_way_it_is_refused(self, stand_in, client_user, finance):
        ref = prepaid(stand_in, client_user, 3000)
        refused("the order goes on", "refund", ref, client_user, "30")
        services.abandon(ref=ref)
        services.refund_unused(ref=ref)
        refused("under way", "refund", ref, client_user, "30")
        work()
        refused("¥0 of this order are theirs", "refund", ref, client_user, "30")
        all_is_well()

    def test_it_cannot_be_taken_back_and_rows_without_postings_are_named(self, client_user, stuck):
        booked("refund", stuck, client_user, "12")
        with past_the_triggers():
            Outside.objects.update(amount=1300)
        assert [line for line in check_books() if "1200 went back" in line]
        with past_the_triggers():
            Outside.objects.update(amount=1200)
        all_is_well()


class TestEarnedMoneyToACompanion:
    @pytest.fixture
    def earned(self, stand_in, client_user, companion, finance) -> UUID:
        ref = prepaid(stand_in, client_user, 3000)
        served(ref, companion, 3000)
        come_due()
        return ref

    def test_it_is_sent_and_the_daily_release_has_nothing_to_do(
        self, stand_in, client_user, companion, earned, no_rest
    ):
        booked("payout", earned, companion, "25.50")
        payout = Payout.objects.get()
        assert (payout.status, payout.amount, payout.stripe_id, payout.outside_id) == ("sent", 2550, None, "HT-1")
        assert (fen(AccountKind.PAYABLE, companion), fen(AccountKind.OWN_BANK, companion)) == (0, -2550)
        with_account(stand_in, companion)
        pay_day()
        assert Payout.objects.count() == 1
        balance = services.balance_of(user=companion)
        assert (balance.sent, balance.here, balance.owed) == (2550, 0, 0)
        [row] = services.rows_of(earnings=list(services.earnings_of(user=companion)), account=None)
        assert row.state == "outside"
        assert found() == []
        all_is_well()

    def test_one_that_stripe_refused_waits_for_nobody_any_more(self, stand_in, companion, earned):
        account = with_account(stand_in, companion)
        stand_in.control(f"accounts/{account.stripe_id}/require", fields=["individual.id_number"])
        tasks.release_payouts()
        work()
        assert waiting("payout_refused")
        booked("payout", earned, companion, "25.50")
        assert not waiting("payout_refused")
        assert Earning.objects.get().stopped == ""
        all_is_well()

    def test_before_its_day_it_is_refused(self, stand_in, client_user, companion, finance):
        ref = prepaid(stand_in, client_user, 3000)
        served(ref, companion, 3000)
        refused("not due before", "payout", ref, companion, "25.50")
        all_is_well()

    def test_no_more_and_no_less_than_what_is_left_and_only_hers(self, companion, client_user, earned):
        refused("¥25.50 of it wait", "payout", earned, companion, "20")
        refused("nothing was earned", "payout", earned, client_user, "25.50")
        booked("payout", earned, companion, "25.50")
        refused("¥0 of it wait", "payout", earned, companion, "25.50", number="HT-2", again=True)
        all_is_well()

    def test_while_a_bank_asks_it_is_refused(self, stand_in, companion, earned):
        dispute = disputed(stand_in, earned)
        refused("under way", "payout", earned, companion, "25.50")
        decided(stand_in, dispute, "win")
        booked("payout", earned, companion, "25.50")
        all_is_well()

    def test_lost_afterwards_nothing_is_fetched_back_from_stripe_she_owes_it(self, stand_in, companion, earned):
        booked("payout", earned, companion, "25.50")
        decided(stand_in, disputed(stand_in, earned), "lose")
        assert not Payout.objects.get().reversals.exists()
        assert services.balance_of(user=companion).owed == 2550
        assert waiting("debt")
        all_is_well()


class TestWhatACompanionOwes:
    @pytest.fixture
    def owing(self, stand_in, client_user, companion, finance) -> UUID:
        """2550 fen went to her bank before the payment was lost."""
        ref = prepaid(stand_in, client_user, 3000)
        served(ref, companion, 3000)
        come_due()
        booked("payout", ref, companion, "25.50", number="HT-0")
        decided(stand_in, disputed(stand_in, ref), "lose")
        return ref

    @pytest.mark.parametrize("kind", ["debt_paid", "debt_let_go"])
    def test_it_is_over(self, stand_in, client_user, companion, owing, kind, no_rest):
        booked(kind, owing, companion, "25.50")
        assert (fen(AccountKind.PAYABLE, companion), services.balance_of(user=companion).owed) == (0, 0)
        paid, let_go = (kind == one for one in ("debt_paid", "debt_let_go"))
        assert fen(AccountKind.OWN_BANK, companion) == -2550 + 2550 * paid
        assert fen(AccountKind.DISPUTE_LOSS, client_user) == 2550 * let_go
        assert not waiting("debt")
        lines = list(services.statement_of(user=companion))
        assert (lines[-1].amount, lines[-1].balance) == (2550, 0)
        assert found() == []
        all_is_well()

    def test_in_parts_and_the_rest_comes_off_her_next_earnings(self, stand_in, client_user, companion, owing):
        booked("debt_paid", owing, companion, "20")
        assert waiting("debt")
        refused("she owes ¥5.50", "debt_let_go", owing, companion, "5.51", number="HT-2")
        with_account(stand_in, companion)
        ref = prepaid(stand_in, client_user, 3000)
        served(ref, companion, 3000)
        pay_day()
        assert (Earning.objects.get(pk=ref).kept, Payout.objects.get(earning=ref).amount) == (550, 2000)
        assert not waiting("debt")
        refused("she owes ¥0", "debt_let_go", owing, companion, "5.50", number="HT-2")
        all_is_well()

    def test_what_she_owes_eats_what_comes_though_she_has_no_account_any_more(
        self, stand_in, client_user, companion, owing
    ):
        ref = prepaid(stand_in, client_user, 1000)
        served(ref, companion, 1000)
        pay_day()
        earning = Earning.objects.get(pk=ref)
        assert (earning.kept, bool(earning.released_at), earning.payouts.count()) == (850, True, 0)
        assert services.balance_of(user=companion).owed == 1700
        booked("debt_paid", owing, companion, "17")
        assert not waiting("debt")
        all_is_well()

    def test_the_same_sum_twice_is_meant_or_refused(self, companion, owing):
        booked("debt_paid", owing, companion, "10")
        refused("booked under HT-1; say --again", "debt_paid", owing, companion, "10", number="HT-2")
        booked("debt_paid", owing, companion, "10", number="HT-2", again=True)
        assert services.balance_of(user=companion).owed == 550
        all_is_well()

    def test_nobody_owes_for_an_order_that_was_not_lost(self, stand_in, client_user, companion, owing):
        ref = prepaid(stand_in, client_user, 3000)
        served(ref, companion, 3000)
        work()
        refused("she owes", "debt_let_go", ref, companion, "25.50")
        refused("nothing was earned", "debt_let_go", owing, client_user, "25.50")
        all_is_well()

    def test_nobody_lets_go_what_they_owe_themselves(self, companion, finance, owing):
        finance.groups.first().user_set.add(companion)
        refused("nobody books their own", "debt_let_go", owing, companion, "25.50", by=companion.email)


class TestTwoAtOnce:
    @pytest.fixture
    def owing(self, stand_in, client_user, companion, finance) -> list[UUID]:
        """2550 fen of each of two orders."""
        refs = [prepaid(stand_in, client_user, 3000) for _ in range(2)]
        for ref in refs:
            served(ref, companion, 3000)
            come_due()
            booked("payout", ref, companion, "25.50", number=f"HT-{ref}")
        for ref in refs:
            decided(stand_in, disputed(stand_in, ref), "lose")
        assert fen(AccountKind.PAYABLE, companion) == -5100
        return refs

    def let_go(self, owing: list[UUID], companion) -> list[bool]:
        """Two of finance let go of all that she owes, each for another order."""
        done: list[bool] = []

        def one(ref: UUID) -> None:
            try:
                booked("debt_let_go", ref, companion, "51", number=f"HT-{ref}-let-go")
                done.append(True)
            except CommandError:
                done.append(False)
            finally:
                connection.close()

        rivals = [threading.Thread(target=one, args=(ref,)) for ref in owing]
        for rival in rivals:
            rival.start()
        for rival in rivals:
            rival.join()
        return sorted(done)

    def test_it_is_let_go_once(self, companion, owing):
        assert self.let_go(owing, companion) == [False, True]
        assert fen(AccountKind.PAYABLE, companion) == 0
        all_is_well()

    @pytest.mark.books_differ("let go twice, as the negative control means to")
    def test_control_without_the_lock_it_is_let_go_twice(self, companion, owing, monkeypatch):
        both, debt_of = threading.Barrier(2, timeout=20), outside.debt_of

        def seen_by_both(user_id: int) -> int:
            owed = debt_of(user_id)
            both.wait()
            return owed

        monkeypatch.setattr(outside, "lock_outside", lambda **_: None)
        monkeypatch.setattr(outside, "debt_of", seen_by_both)
        assert self.let_go(owing, companion) == [True, True]
        assert fen(AccountKind.PAYABLE, companion) == 5100
        assert [line for line in check_books() if "paid back or let go" in line]


def test_he_reads_how_it_went_and_finance_by_which_number(client, client_user, listing, finance):
    booking = live(client_user, listing)
    bookings.end(booking=booking, by=client_user)
    settle(booking)
    refund = Refund.objects.get(ref=booking.pk)
    Refund.objects.update(status="failed", failure_reason="expired_or_canceled_card")
    post(booking.pk, failed_before_it_left(refund))
    Payment.objects.update(refunded=0)
    booked("refund", booking.pk, client_user, plain_yuan(refund.amount), number="HT-7")
    client.force_login(client_user)
    page = client.get(reverse("bookings:detail", args=[booking.pk]), headers={"accept-language": "en"}).text
    assert "By bank transfer from us, booked on" in page and "is kept for you" not in page
    client.force_login(finance)
    row = client.get(reverse("admin:payments_outside_changelist")).text
    assert "HT-7" in row and booking.code in row and "/outside/HT-7/change/" in row


def failed_before_it_left(refund: Refund) -> Posting:
    pending, prepay = (
        of_user(kind, refund.payment.payer_id) for kind in (AccountKind.REFUND_PENDING, AccountKind.PREPAY)
    )
    return Posting(TransferKind.REFUND_FAILED, pending, prepay, refund.amount, refund.seq)


def test_the_story_tells_it(stand_in, client_user, companion, finance):
    ref = prepaid(stand_in, client_user, 3000)
    served(ref, companion, 3000)
    come_due()
    booked("payout", ref, companion, "25.50")
    story = reconciling.story_of(ref=ref)
    assert [one.number for one in story.outside] == ["HT-1"]
    assert reconciling.find_ref("HT-1") == ref
    assert Payment.objects.get().status == "succeeded"
