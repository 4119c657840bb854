"""What somebody did at the provider by hand is taken into our books: else they differ for ever, and the next alarm is
lost among them."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from accounts.models import User
from payments import signals
from payments.errors import NotByHand
from payments.models import AccountKind, BookEntry, ByHand, Payment, Payout, Refund, Reversal, TransferKind
from payments.services.ledger import Posting, by_hand_keys, of_user, post, prepaid_for
from payments.services.locking import lock_accounts, lock_payments
from payments.services.refunds import refund_made_by_hand

# By the provider's word for the first line of the thing. What came in as a payment finds its order by itself.
KINDS = {
    "refund": TransferKind.HAND_REFUND,
    "payment_refund": TransferKind.HAND_REFUND,
    "transfer": TransferKind.HAND_PAYOUT,
    "transfer_refund": TransferKind.HAND_BACK,
}


@transaction.atomic
def adopt(*, source: str, ref: UUID, by: User, why: str) -> ByHand:
    """Books what the provider's book says of `source` under `ref`; what was a refund of the payer's own money is one
    here, all else is at the platform's cost. Twice is once.

    Raises NotByHand for what is not in the provider's book (as far as it was read), moved nothing, is known here
    already or is of no such kind, and for a reference that nobody paid for.
    """
    signals.money_moving.send(ByHand, ref=ref)
    lock_payments(ref)
    known = ByHand.objects.filter(source=source).first()
    if known is not None:
        return known
    lines = list(BookEntry.objects.filter(source=source, ours=True).order_by("created_at", "pk"))
    payment = _payment(ref, lines)
    amount = _moved(source, lines)
    lock_accounts(by_hand_keys(payment.payer_id))
    refund = _as_refund(payment, source, amount, KINDS[lines[0].kind])
    seq = ByHand.objects.filter(ref=ref).count() + 1
    if refund is None:
        _post(payment, KINDS[lines[0].kind], amount, seq)
    return ByHand.objects.create(source=source, ref=ref, seq=seq, amount=amount, refund=refund, by=by, why=why)


def _payment(ref: UUID, lines: Sequence[BookEntry]) -> Payment:
    """The one it is about, else the first that was paid for the reference."""
    paid = Payment.objects.of(ref).filter(status=Payment.Status.SUCCEEDED)
    about = paid.filter(charge_id__in=[line.about for line in lines]).first()
    found = about or paid.first()
    if found is None:
        raise NotByHand("nobody paid for this reference")
    return found


def _moved(source: str, lines: Sequence[BookEntry]) -> int:
    """Fen, negative when it left."""
    if not lines:
        raise NotByHand("not in the provider's book; `reconcile` reads it on")
    if any(rows.filter(stripe_id=source).exists() for rows in (Refund.objects, Payout.objects, Reversal.objects)):
        raise NotByHand("known here already")
    if lines[0].kind not in KINDS or any(line.fee for line in lines):
        raise NotByHand(f"a {lines[0].kind} is not booked by hand")
    amount = sum(line.amount for line in lines)
    if not amount:
        raise NotByHand("it moved nothing in the end")
    return amount


def _as_refund(payment: Payment, source: str, amount: int, kind: TransferKind) -> Refund | None:
    """None for what was not, or not all of it, the payer's own still."""
    if kind != TransferKind.HAND_REFUND or -amount > payment.left:
        return None
    if -amount > prepaid_for(ref=payment.ref, payer_id=payment.payer_id):
        return None
    return refund_made_by_hand(payment=payment, amount=-amount, stripe_id=source)


def _post(payment: Payment, kind: TransferKind, amount: int, seq: int) -> None:
    cost, clearing = (of_user(one, payment.payer_id) for one in (AccountKind.BY_HAND, AccountKind.STRIPE_CLEARING))
    sides = (cost, clearing) if amount < 0 else (clearing, cost)
    post(payment.ref, Posting(kind, *sides, abs(amount), seq))
