"""An order from payment to settlement and payout, as the apps above do it with the services of payments alone."""

from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F

from accounts.models import User
from payments import services, tasks
from payments.models import Dispute, Earning, Payment, Payout, PayoutAccount, Refund, Reversal, StripeEvent
from payments.services.books import check_books
from tests.payments.paying import paid
from tests.stand_in import GOOD_CARD, StandIn

GOOD_BANK, BAD_BANK = "000123456789", "000111111116"
BACK, AGAIN = "http://test/back/", "http://test/again/"


def prepaid(stand_in: StandIn, payer: User, *amounts: int, card: str = GOOD_CARD) -> UUID:
    """A reference for which these amounts were paid, one after the other."""
    ref = uuid4()
    for amount in amounts:
        payment = services.open_payment(payer=payer, ref=ref, amount=amount, description="我在 · 姗姗 · 30 分钟")
        paid(stand_in, payment, card=card)
    return ref


@transaction.atomic
def served(ref: UUID, companion: User, used: int) -> Earning | None:
    """The order is accepted, `used` fen of it are served, and it is settled; the rest goes back."""
    numbers = list(Payment.objects.of(ref).values_list("seq", flat=True))
    amount = sum(Payment.objects.of(ref).values_list("amount", flat=True))
    services.open_order(ref=ref, companion_id=companion.pk)
    services.lock_order(ref=ref, companion_id=companion.pk)
    services.hold_paid(ref=ref, numbers=numbers, amount=amount)
    if used:
        services.post_minutes(ref=ref, first=0, upto=1, amount=used)
    services.release(ref=ref, companion_id=companion.pk)
    services.refund_unused(ref=ref)
    services.abandon(ref=ref)
    return Earning.objects.filter(ref=ref).first()


def with_account(stand_in: StandIn, companion: User, bank: str = GOOD_BANK) -> PayoutAccount:
    """The companion's account at Stripe, filled in and checked."""
    services.onboarding_url(user=companion, refresh_url=AGAIN, return_url=BACK)
    row = PayoutAccount.objects.get(user=companion)
    stand_in.control(f"accounts/{row.stripe_id}/verify", bank=bank)
    services.sync_account(user_id=companion.pk)
    row.refresh_from_db()
    return row


def come_due() -> None:
    """The day of all earnings has come."""
    Earning.objects.update(due_at=F("settled_at"))


def work() -> None:
    """What the worker does with whatever waits, until nothing does."""
    for _ in range(5):
        for event in StripeEvent.objects.filter(processed_at=None):
            services.apply_event(event_id=event.pk)
        for refund in Refund.objects.filter(status="requested"):
            services.send_refund(refund_id=refund.pk)
        for payout in Payout.objects.filter(status="requested"):
            services.send_payout(payout_id=payout.pk)
        for dispute in Dispute.objects.filter(outcome="lost", booked_at=None):
            services.book_loss(dispute_id=dispute.pk)
        for reversal in Reversal.objects.filter(status="requested"):
            services.send_reversal(reversal_id=reversal.pk)


def pay_day() -> None:
    come_due()
    tasks.release_payouts()
    work()


def all_is_well() -> None:
    """The books balance, and Stripe holds what they say, to the fen."""
    assert check_books() == []
