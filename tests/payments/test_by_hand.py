"""What a bank gives back after the loss was shared, and what finance did at Stripe by hand: booked, so that both books
agree again. Through the real SDK over real HTTP against the stand-in."""

from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.forms import model_to_dict

from payments import services, tasks
from payments.models import AccountKind, BookEntry, ByHand, Dispute, FinanceTask, Payment, Payout, PayoutAccount, Refund
from payments.services import reconciling
from payments.services.books import check_books
from payments.services.entries import import_entries
from tests.orders import past_the_triggers
from tests.payments.serving import all_is_well, pay_day, prepaid, served, with_account, work
from tests.payments.test_disputes import decided, disputed, fen
from tests.payments.test_reconciling import found, made_there
from tests.stand_in import StandIn

pytestmark = pytest.mark.django_db(transaction=True)


def given_back(stand_in: StandIn, dispute: Dispute) -> None:
    stand_in.control(f"disputes/{dispute.stripe_id}/give_back")
    services.sync_dispute(dispute=dispute)
    work()


class TestGivenBackAfterTheLossWasShared:
    @pytest.fixture
    def shared(self, stand_in, client_user, companion) -> Dispute:
        with_account(stand_in, companion)
        ref = prepaid(stand_in, client_user, 3000)
        served(ref, companion, 3000)
        pay_day()
        return decided(stand_in, disputed(stand_in, ref), "lose")

    def test_it_is_booked_and_finance_decides_whose_it_is(self, stand_in, client_user, companion, shared, no_rest):
        assert shared.booked_at
        hers = fen(AccountKind.PAYABLE, companion)
        given_back(stand_in, shared)
        assert (fen(AccountKind.DISPUTE_LOSS, client_user), fen(AccountKind.DISPUTE_RESERVE, client_user)) == (-3000, 0)
        assert fen(AccountKind.PAYABLE, companion) == hers
        task = FinanceTask.objects.get(kind="returned")
        assert (task.ref, task.closed_at) == (shared.ref, None)
        assert task.note.startswith("¥30 of du_")
        all_is_well()
        assert found() == []

    def test_heard_twice_it_is_booked_once(self, stand_in, client_user, shared):
        given_back(stand_in, shared)
        services.sync_dispute(dispute=shared)
        assert FinanceTask.objects.filter(kind="returned").count() == 1
        assert fen(AccountKind.DISPUTE_LOSS, client_user) == -3000
        all_is_well()


def test_before_the_loss_is_shared_it_is_simply_less_that_was_lost(stand_in, client_user, companion):
    ref = prepaid(stand_in, client_user, 3000)
    dispute = disputed(stand_in, ref)
    stand_in.control(f"disputes/{dispute.stripe_id}/lose")
    stand_in.control(f"disputes/{dispute.stripe_id}/give_back")
    services.sync_dispute(dispute=dispute)
    tasks.catch_up()
    assert not FinanceTask.objects.filter(kind="returned").exists()
    assert fen(AccountKind.DISPUTE_LOSS, client_user) == 0
    all_is_well()


class TestDoneByHand:
    def adopted(self, source: str, ref: object, by: str = "cai@example.com", why: str = "his card is closed") -> str:
        said = StringIO()
        call_command("adopt", source, str(ref), by=by, why=why, stdout=said)
        return said.getvalue()

    def sent_back(self, stand_in: StandIn, ref: object, amount: int) -> str:
        payment = Payment.objects.get(ref=ref, seq=1)
        return made_there(stand_in, "refunds", payment_intent=payment.payment_intent_id, amount=amount)["id"]

    def failed(self, stand_in: StandIn, client_user, companion, *, used: int = 1800) -> object:
        """The order is over, and what was left of it could not go back."""
        ref = prepaid(stand_in, client_user, 3000)
        served(ref, companion, used)
        work()
        refund = Refund.objects.get(ref=ref)
        stand_in.control(f"refunds/{refund.stripe_id}/fail")
        services.sync_refund(refund=refund)
        assert FinanceTask.objects.get(kind="refund_failed", ref=ref).closed_at is None
        return ref

    def test_a_refund_of_the_payers_own_is_his_refund(self, stand_in, client_user, companion, finance, no_rest):
        ref = self.failed(stand_in, client_user, companion)
        source = self.sent_back(stand_in, ref, 1200)
        assert found() == [("missing_here", 0, -1200)]
        assert "the payer's own" in self.adopted(source, ref)
        refund, done = Refund.objects.get(stripe_id=source), ByHand.objects.get()
        assert (refund.status, refund.amount) == ("succeeded", 1200)
        assert (done.refund, done.amount, done.by, done.why) == (refund, -1200, finance, "his card is closed")
        assert fen(AccountKind.PREPAY, client_user) == 0
        assert found() == []
        assert not FinanceTask.objects.filter(closed_at=None).exists()
        all_is_well()

    def test_what_is_left_of_it_is_still_to_be_done(self, stand_in, client_user, companion, finance):
        ref = self.failed(stand_in, client_user, companion)
        source = self.sent_back(stand_in, ref, 500)
        import_entries()
        self.adopted(source, ref)
        assert "¥7 are" in FinanceTask.objects.get(kind="refund_failed", closed_at=None).note
        all_is_well()

    def test_one_that_fails_afterwards_is_his_again(self, stand_in, client_user, companion, finance):
        ref = self.failed(stand_in, client_user, companion)
        source = self.sent_back(stand_in, ref, 1200)
        import_entries()
        self.adopted(source, ref)
        stand_in.control(f"refunds/{source}/fail")
        services.sync_refund(refund=Refund.objects.get(stripe_id=source))
        assert fen(AccountKind.PREPAY, client_user) == 1200
        assert FinanceTask.objects.get(kind="refund_failed", closed_at=None)
        all_is_well()

    def test_twice_is_once(self, stand_in, client_user, companion, finance):
        ref = self.failed(stand_in, client_user, companion)
        source = self.sent_back(stand_in, ref, 1200)
        import_entries()
        self.adopted(source, ref)
        self.adopted(source, ref)
        assert (Refund.objects.count(), ByHand.objects.count()) == (2, 1)
        all_is_well()

    def test_a_refund_of_what_was_served_is_at_the_platforms_cost(
        self, stand_in, client_user, companion, finance, no_rest
    ):
        ref = prepaid(stand_in, client_user, 3000)
        served(ref, companion, 3000)
        source = self.sent_back(stand_in, ref, 500)
        import_entries()
        assert "platform's cost" in self.adopted(source, ref)
        assert (fen(AccountKind.BY_HAND, client_user), fen(AccountKind.PAYABLE, companion)) == (500, 2550)
        assert not Refund.objects.exists()
        assert found() == []
        all_is_well()

    def test_a_transfer_and_its_reversal(self, stand_in, client_user, companion, finance, no_rest):
        account = with_account(stand_in, companion)
        ref = prepaid(stand_in, client_user, 3000)
        served(ref, companion, 2000)
        work()
        charge, to = Payment.objects.get().charge_id, account.stripe_id
        asked = {"amount": 600, "currency": "cny", "destination": to, "source_transaction": charge}
        sent = made_there(stand_in, "transfers", **asked)["id"]
        back = made_there(stand_in, f"transfers/{sent}/reversals", amount=200)["id"]
        import_entries()
        self.adopted(sent, ref)
        self.adopted(back, ref)
        assert fen(AccountKind.BY_HAND, client_user) == 400
        assert not Payout.objects.exists()
        assert found() == []
        story = reconciling.story_of(ref=ref)
        assert story.adds_up and [one.source for one in story.by_hand] == [sent, back]
        assert reconciling.find_ref(sent) == ref
        all_is_well()

    def test_what_was_fetched_back_from_a_payout_of_ours_is_sent_once_more(
        self, stand_in, client_user, companion, finance, no_rest
    ):
        account = with_account(stand_in, companion)
        ref = prepaid(stand_in, client_user, 3000)
        served(ref, companion, 3000)
        pay_day()
        back = made_there(stand_in, f"transfers/{Payout.objects.get().stripe_id}/reversals", amount=300)["id"]
        charge = Payment.objects.get().charge_id
        asked = {"amount": 300, "currency": "cny", "destination": account.stripe_id, "source_transaction": charge}
        again = made_there(stand_in, "transfers", **asked)["id"]
        import_entries()
        for source in (back, again):
            self.adopted(source, ref)
        assert fen(AccountKind.BY_HAND, client_user) == 0
        assert found() == []
        all_is_well()

    def refused(self, source: str, ref: object, why: str) -> None:
        before = ByHand.objects.count()
        with pytest.raises(CommandError, match=why):
            self.adopted(source, ref)
        assert ByHand.objects.count() == before

    def test_what_is_no_such_thing_is_refused(self, stand_in, client_user, companion, finance):
        with_account(stand_in, companion)
        ref = prepaid(stand_in, client_user, 3000)
        served(ref, companion, 3000)
        pay_day()
        import_entries()
        self.refused("re_nowhere", ref, "not in the provider's book")
        self.refused(Payout.objects.get().stripe_id, ref, "known here already")
        self.refused(Payment.objects.get().charge_id, ref, "a charge is not booked by hand")
        all_is_well()

    @pytest.mark.books_differ("nobody took it into the books")
    def test_under_another_order_than_its_own_it_is_refused(
        self, stand_in, client_user, other_client, companion, finance
    ):
        ref, other = (prepaid(stand_in, payer, 3000) for payer in (client_user, other_client))
        for one in (ref, other):
            served(one, companion, 3000)
        source = self.sent_back(stand_in, ref, 500)
        import_entries()
        self.refused(source, other, "of another order")
        self.refused(source, uuid4(), "there is none")
        self.adopted(source, ref)
        self.refused(source, other, "known here already")

    @pytest.mark.books_differ("nobody took it into the books")
    def test_of_an_order_that_goes_on_or_has_something_under_way_it_is_refused(
        self, stand_in, client_user, companion, finance
    ):
        ref = prepaid(stand_in, client_user, 3000)
        source = self.sent_back(stand_in, ref, 500)
        import_entries()
        self.refused(source, ref, "the order goes on")
        served(ref, companion, 2000)
        assert Refund.objects.get().status == "requested"
        self.refused(source, ref, "under way")

    @pytest.mark.books_differ("nobody took it into the books")
    def test_more_than_the_payers_own_or_what_has_not_arrived_is_refused(
        self, stand_in, client_user, companion, finance
    ):
        ref = self.failed(stand_in, client_user, companion)
        source = self.sent_back(stand_in, ref, 1500)
        import_entries()
        self.refused(source, ref, "only ¥12 of")
        stand_in.control(f"refunds/{source}/fail")
        self.refused(source, ref, "not arrived")

    def test_somebody_of_finance_answers_for_it(self, stand_in, client_user, companion, finance):
        ref = self.failed(stand_in, client_user, companion)
        source = self.sent_back(stand_in, ref, 1200)
        import_entries()
        self.refused_by(companion.email, source, ref)
        self.adopted(source, ref)

    def refused_by(self, address: str, source: str, ref: object) -> None:
        with pytest.raises(CommandError, match="Nobody of finance"):
            self.adopted(source, ref, by=address)

    def test_a_row_without_its_posting_is_named_and_the_other_way_round(
        self, stand_in, client_user, companion, finance
    ):
        ref = prepaid(stand_in, client_user, 3000)
        served(ref, companion, 3000)
        source = self.sent_back(stand_in, ref, 500)
        import_entries()
        self.adopted(source, ref)
        with past_the_triggers():
            ByHand.objects.update(seq=2)
        assert [line for line in check_books() if "-500 fen, 0 booked" in line]
        assert [line for line in check_books() if "nothing is written down that it could be of" in line]
        with past_the_triggers():
            ByHand.objects.update(seq=1)
        all_is_well()

    def test_one_at_the_platforms_cost_that_fails_later_is_adopted_again(
        self, stand_in, client_user, companion, finance, no_rest
    ):
        ref = prepaid(stand_in, client_user, 3000)
        served(ref, companion, 3000)
        source = self.sent_back(stand_in, ref, 500)
        import_entries()
        self.adopted(source, ref)
        stand_in.control(f"refunds/{source}/fail")
        assert found() == [("another_amount", -500, 0)]
        assert self.adopted(source, ref, why="it failed") == "¥5: at the platform's cost.\n"
        self.adopted(source, ref)
        assert list(ByHand.objects.order_by("seq").values_list("amount", flat=True)) == [-500, 500]
        assert fen(AccountKind.BY_HAND, client_user) == 0
        assert found() == []
        [day] = reconciling.daily_totals()
        assert day.ours == day.theirs
        all_is_well()

    def by_hand(self, stand_in: StandIn, account: str, amount: int) -> str:
        charge = Payment.objects.latest("pk").charge_id
        asked = {"amount": amount, "currency": "cny", "destination": account, "source_transaction": charge}
        return made_there(stand_in, "transfers", **asked)["id"]

    def came_back(self, source: str) -> None:
        """By the provider's book: the stand-in has no transfer that fails."""
        line = BookEntry.objects.get(source=source)
        back = {"amount": -line.amount, "net": -line.net, "kind": "transfer_failure", "id": f"txn_back_{source}"}
        BookEntry.objects.create(**model_to_dict(line) | {"created_at": line.created_at} | back)

    @pytest.mark.books_differ("the stand-in knows nothing of a transfer that fails")
    def test_her_account_may_be_another_one_when_it_is_corrected(self, stand_in, client_user, companion, finance):
        account = with_account(stand_in, companion).stripe_id
        ref = prepaid(stand_in, client_user, 3000)
        served(ref, companion, 2000)
        work()
        sent = self.by_hand(stand_in, account, 600)
        import_entries()
        self.adopted(sent, ref)
        PayoutAccount.objects.update(stripe_id=None, can_receive=False, can_withdraw=False)
        self.came_back(sent)
        self.adopted(sent, ref, why="it came back")
        assert list(ByHand.objects.order_by("seq").values_list("amount", flat=True)) == [-600, 600]
        assert fen(AccountKind.BY_HAND, client_user) == 0

    def test_and_when_it_is_adopted_if_she_was_paid_there(self, stand_in, client_user, companion, finance, no_rest):
        account = with_account(stand_in, companion).stripe_id
        ref = prepaid(stand_in, client_user, 3000)
        served(ref, companion, 2000)
        work()
        pay_day()
        again = prepaid(stand_in, client_user, 3000)
        served(again, companion, 2000)
        work()
        sent = self.by_hand(stand_in, account, 600)
        import_entries()
        PayoutAccount.objects.update(stripe_id="acct_other")
        self.adopted(sent, again)
        PayoutAccount.objects.update(stripe_id=account)
        assert found() == []
        all_is_well()

    @pytest.mark.books_differ("it came to nothing there, and nobody took it into the books")
    def test_what_came_to_nothing_before_it_was_adopted_is_refused(self, stand_in, client_user, companion, finance):
        account = with_account(stand_in, companion)
        ref = prepaid(stand_in, client_user, 3000)
        served(ref, companion, 2000)
        work()
        sent = self.by_hand(stand_in, account.stripe_id, 600)
        import_entries()
        self.came_back(sent)
        self.refused(sent, ref, "came to nothing")
