"""Rows of what companions were paid and of payers' banks that want it back, as the rules of the tables are held to."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from bookings.models import Booking
from payments.models import (
    BankPayout,
    Dispute,
    Earning,
    FinanceTask,
    Payment,
    Payout,
    PayoutAccount,
    Reversal,
)


def paid_out_and_disputed(over: Booking, ended: Booking, running: Booking, cancelled: Booking, *, by: User) -> None:
    """What was earned with `running` was sent, and is fetched back in two parts; of `ended` it is on its way; of `over`
    a part is kept, and the rest could not be sent; of `cancelled` it waits."""
    for number, booking in enumerate((over, running)):
        PayoutAccount.objects.create(
            user=booking.companion, country="CN", stripe_id=f"acct_{number}", can_receive=True, can_withdraw=True
        )
    BankPayout.objects.create(
        stripe_id="po_1",
        account=over.companion.payout_account,
        amount=500,
        status="paid",
        created_at=timezone.now(),
        arrives_at=timezone.now(),
    )
    payout(earned(over, kept=200), 1, 800, status="failed")
    sent = payout(earned(running), 1, 700, status="sent", stripe_id="tr_1", reversed=600)
    payout(earned(ended), 1, 800)
    earned(cancelled)
    sent_at = {"evidence_asked_at": timezone.now(), "evidence_sent_at": timezone.now(), "evidence_by": by}
    disputed(running, 1, outcome="won", closed_at=timezone.now(), evidence={"uncategorized_text": "x"}, **sent_at)
    disputed(running, 2)
    lost = disputed(running, 3, outcome="lost", closed_at=timezone.now(), booked_at=timezone.now())
    gave_in = {"accept_asked_at": timezone.now(), "accepted_at": timezone.now(), "accept_by": by}
    again = disputed(running, 4, outcome="lost", closed_at=timezone.now(), booked_at=timezone.now(), **gave_in)
    Reversal.objects.create(payout=sent, dispute=lost, amount=300, status="done", stripe_id="trr_1")
    Reversal.objects.create(payout=sent, dispute=again, amount=200)
    FinanceTask.objects.create(kind="debt", key="dp_1")


def earned(booking: Booking, kept: int = 0) -> Earning:
    due = timezone.now() + timedelta(days=2)
    return Earning.objects.create(ref=booking.pk, companion=booking.companion, amount=1000, kept=kept, due_at=due)


def payout(earning: Earning, seq: int, amount: int, **how: object) -> Payout:
    payment = Payment.objects.of(earning.ref)[0]
    return Payout.objects.create(earning=earning, payment=payment, seq=seq, amount=amount, account_id="acct_0", **how)


def disputed(booking: Booking, seq: int, **how: object) -> Dispute:
    return Dispute.objects.create(
        payment=Payment.objects.of(booking.pk)[0],
        ref=booking.pk,
        seq=seq,
        stripe_id=f"dp_{seq}",
        amount=1000,
        reason="fraudulent",
        status="needs_response",
        **how,
    )
