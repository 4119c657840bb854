"""What leaves for companions, and what banks take back: a row that does not agree with the ledger is named."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bookings import services as bookings
from bookings.models import Booking
from payments import services
from payments.gateway.values import Entry, RefundState, ReversalState, TransferState
from payments.models import (
    AccountKind,
    Dispute,
    Earning,
    Payment,
    Payout,
    PayoutAccount,
    Refund,
    Reversal,
    Transfer,
    TransferKind,
)
from payments.services.books import check_books
from payments.services.disputes import reversing
from payments.services.ledger import Posting, of_user, post
from payments.services.payouts import releasing, sending
from payments.services.refunds import apply_refund
from tests.disputes import FEE, disputed, lost, won
from tests.orders import live, past_the_triggers, settle

pytestmark = pytest.mark.django_db
MINUTE = 60_000


def problems() -> list[str]:
    return check_books(with_stripe=False)


def served(client, listing) -> Booking:
    """Ten minutes, settled, each an hour before the last ones; what was not used is back."""
    settled = just_settled(client, listing)
    for refund in Refund.objects.filter(ref=settled.pk):
        apply_refund(refund_id=refund.pk, state=RefundState(f"re_{refund.pk}", "succeeded", refund.amount, ""))
    return settled


def just_settled(client, listing) -> Booking:
    """The same, while what was not used has not left yet."""
    booking = live(client, listing)
    since = booking.live_since_ms - 10 * MINUTE
    Booking.objects.filter(pk=booking.pk).update(live_since_ms=since, due_ms=booking.due_ms - 10 * MINUTE)
    bookings.sweep()
    booking.refresh_from_db()
    bookings.end(booking=booking, by=client)
    earlier = (1 + Earning.objects.count()) * 60 * MINUTE
    with past_the_triggers():
        booking.segments.update(start_ms=F("start_ms") - earlier, end_ms=F("end_ms") - earlier)
    return settle(booking)


@pytest.fixture
def earning(client_user, listing) -> Earning:
    """Its day has come, and she has an account."""
    booking = served(client_user, listing)
    PayoutAccount.objects.create(
        user=booking.companion, country="CN", stripe_id="acct_1", can_receive=True, can_withdraw=True
    )
    return come(Earning.objects.get(ref=booking.pk))


def come(earning: Earning) -> Earning:
    """Its day."""
    with past_the_triggers():
        Earning.objects.filter(pk=earning.pk).update(
            due_at=timezone.now(), settled_at=timezone.now() - timedelta(days=3)
        )
    return earning


@pytest.fixture
def payout(earning) -> Payout:
    services.release_due()
    return Payout.objects.get()


@pytest.fixture
def sent(payout) -> Payout:
    state = TransferState("tr_1", payout.amount, 0, payout.account_id, payout.idempotency_key)
    return sending._sent(payout, state)


def rewrite(row, **changed) -> None:
    with past_the_triggers():
        type(row).objects.filter(pk=row.pk).update(**changed)


def named(*words: str) -> bool:
    return any(all(word in line for word in words) for line in problems())


def test_each_step_of_a_payout_agrees(payout):
    assert problems() == []
    state = TransferState("tr_1", payout.amount, 0, payout.account_id, payout.idempotency_key)
    sending._sent(payout, state)
    assert problems() == []


def test_so_does_one_that_was_refused(payout):
    sending._refused(payout, "account_invalid")
    assert Payout.objects.get().status == "failed" and problems() == []


@pytest.mark.parametrize(
    "changed", [{"status": "sent", "stripe_id": "tr_x"}, {"status": "failed"}, {"amount": 1}, {"seq": 7}]
)
def test_a_payout_that_is_posted_otherwise_is_named(payout, changed):
    rewrite(payout, **changed)
    assert named("payout", "posted")


def test_a_posting_without_a_payout_is_named(payout):
    with past_the_triggers():
        Payout.objects.all().delete()
    assert named("payout", "nothing is written down")


@pytest.mark.parametrize("changed", [{"amount": 1}, {"kept": 5}])
def test_an_earning_that_is_another_than_was_settled_is_named(sent, changed):
    rewrite(Earning.objects.get(), **changed)
    assert named("earning", "fen")


def test_one_that_was_never_written_down_is_named(earning):
    with past_the_triggers():
        Earning.objects.all().delete()
    assert named("settle_companion", "nothing is written down")


def moved(dispute: Dispute, number: int, amount: int) -> tuple[Entry, ...]:
    """One more line of the provider's book over the dispute."""
    return (Entry(f"txn_{dispute.pk}_{number}", "adjustment", amount, 0, amount, "dp", number),)


class TestDisputes:
    @pytest.fixture
    def booked(self, sent) -> Dispute:
        """She has it, and it is being fetched back."""
        dispute = lost(Payment.objects.get())
        assert services.book_loss(dispute_id=dispute.pk)
        return Dispute.objects.get()

    def test_each_step_agrees(self, sent):
        payment = Payment.objects.get()
        disputed(payment)
        assert problems() == []
        services.book_loss(dispute_id=lost(payment).pk)
        assert problems() == [] and Reversal.objects.get().amount == sent.amount
        reversing._done(Reversal.objects.get(), ReversalState("trr_1", sent.amount, ""))
        assert problems() == []

    def test_so_does_one_that_is_won(self, sent):
        disputed(Payment.objects.get())
        won(Payment.objects.get())
        assert problems() == []

    def test_and_one_that_she_cannot_give_back(self, booked):
        reversing._failed(Reversal.objects.get(), "balance_insufficient")
        assert problems() == []

    def test_and_one_that_comes_back_and_is_taken_again_after_it_was_shared(self, booked):
        payer = booked.payment.payer_id
        borne = of_user(AccountKind.DISPUTE_LOSS, payer).balance
        came_back = moved(booked, 2, 3000)
        disputed(booked.payment, entries=came_back)
        assert problems() == [] and of_user(AccountKind.DISPUTE_LOSS, payer).balance == borne - 3000
        disputed(booked.payment, entries=(*came_back, *moved(booked, 3, -3000)))
        assert problems() == [] and of_user(AccountKind.DISPUTE_LOSS, payer).balance == borne

    @pytest.mark.parametrize("changed", [{"status": "done", "stripe_id": "trr_x"}, {"amount": 1}])
    def test_a_reversal_that_is_posted_otherwise_is_named(self, booked, changed):
        rewrite(Reversal.objects.get(), **changed)
        assert named("fetched back") or named("reversal", "posted")

    def test_a_loss_that_is_not_booked_is_named(self, sent):
        dispute = lost(Payment.objects.get())
        rewrite(dispute, booked_at=timezone.now())
        assert named("dispute", "0 booked as lost") and named("dispute_reserve", "of open disputes there are 0")

    def test_one_that_is_booked_and_still_open_is_named(self, booked):
        rewrite(booked, booked_at=None)
        assert named("dispute", "booked as lost") and named("dispute_reserve", "holds 0 fen")

    def test_one_that_is_won_and_brought_nothing_back_is_named_after_an_hour(self, sent):
        disputed(Payment.objects.get())
        dispute = disputed(Payment.objects.get(), status="won", outcome="won", due_s=0)
        assert problems() == []
        rewrite(dispute, closed_at=timezone.now() - timedelta(hours=2))
        assert named("dispute", "won", "0 given back")

    def test_a_payment_that_counts_another_loss_is_named(self, booked):
        Payment.objects.update(charged_back=1)
        assert named("payment", "1 fen charged back")

    def test_what_is_kept_without_a_loss_is_named(self, earning):
        rewrite(earning, kept=10)
        assert named("payable", "0 fen were lost, 10 were kept")

    def test_what_is_hers_and_stands_nowhere_is_named(self, earning):
        two = [of_user(kind, earning.companion_id) for kind in ("payable", "platform_fee")]
        post(earning.ref, Posting(TransferKind.LOST_FEE, *two, 5, 99))
        assert named("payable", "were not sent")

    def test_what_is_being_fetched_back_is_not_kept_as_well(self, booked, other_client, listing):
        """It would be taken from her twice."""
        another = come(Earning.objects.get(ref=served(other_client, listing).pk))
        services.release_due()
        another.refresh_from_db()
        assert another.kept == 0 and problems() == []
        reversing._failed(Reversal.objects.get(), "balance_insufficient")
        assert problems() == []

    def test_what_could_not_be_fetched_back_is_kept_of_the_next(self, booked, other_client, listing):
        back = reversing._failed(Reversal.objects.get(), "balance_insufficient")
        another = come(Earning.objects.get(ref=served(other_client, listing).pk))
        services.release_due()
        another.refresh_from_db()
        assert another.kept == min(back.amount, another.amount) and problems() == []

    def test_the_banks_fee_is_the_platforms(self, booked):
        assert Transfer.objects.get(kind=TransferKind.DISPUTE_FEE).amount == FEE and problems() == []


def long_ago() -> datetime:
    return timezone.now() - timedelta(hours=2)


class TestNotAnswered:
    def test_an_earning_that_was_not_released_is_named_after_an_hour(self, earning, monkeypatch):
        monkeypatch.setattr(releasing, "parts_of", lambda _: 1 // 0)
        rewrite(earning, due_at=long_ago())
        assert services.release_due() == 0
        assert named(f"earning {earning.pk}: {earning.amount} fen are due")
        disputed(Payment.objects.get(ref=earning.pk))
        assert not named(f"earning {earning.pk}")

    def test_a_payout_is_named_after_an_hour(self, payout):
        assert problems() == []
        rewrite(payout, requested_at=long_ago())
        assert named(f"{payout}: {payout.amount} fen asked for", "not answered")

    def test_so_is_a_refund(self, client_user, listing):
        just_settled(client_user, listing)
        refund = Refund.objects.get()
        assert refund.status == "requested" and problems() == []
        rewrite(refund, requested_at=long_ago())
        assert named(f"{refund}: {refund.amount} fen asked for", "not answered")

    def test_so_is_what_is_being_fetched_back(self, sent):
        services.book_loss(dispute_id=lost(Payment.objects.get()).pk)
        rewrite(Reversal.objects.get(), requested_at=long_ago())
        assert named("reversal", "fen asked for", "not answered")

    def test_so_is_what_a_bank_was_to_read(self, sent, finance):
        dispute = disputed(Payment.objects.get())
        rewrite(dispute, evidence_asked_at=timezone.now(), evidence_by=finance)
        assert problems() == []
        rewrite(dispute, evidence_asked_at=long_ago())
        assert named(f"{dispute}: evidence asked for", "not answered")

    def test_so_is_a_dispute_that_was_to_be_accepted(self, sent, finance):
        dispute = disputed(Payment.objects.get())
        rewrite(dispute, accept_asked_at=timezone.now(), accept_by=finance)
        assert problems() == []
        rewrite(dispute, accept_asked_at=long_ago())
        assert named(f"{dispute}: was to be accepted", "not answered")


def test_more_payouts_are_not_more_queries(sent, other_client, listing):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert problems() == []
        return len(captured)

    one = queries()
    come(Earning.objects.get(ref=served(other_client, listing).pk))
    services.release_due()
    assert queries() == one
