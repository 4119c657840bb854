"""How money goes back over the payments of an order: for the refund, and for the receipt before anything is sent."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from payments.models import Payment, Transfer, TransferKind


@dataclass(frozen=True, slots=True)
class Part:
    """So many fen, over the payment they came with."""

    payment: Payment
    amount: int


def planned_refunds(*, ref: UUID, amount: int) -> list[Part]:
    """`amount` fen divided over the payments of `ref`: first over those that came too late for anything to be held of
    them, each to where it came from, then over the others, newest first.
    """
    parts = []
    used = {payment.pk for payment in used_payments(ref=ref)}
    for payment in sorted(_came(ref), key=lambda payment: (payment.pk in used, -payment.seq)):
        part = min(amount, payment.amount - payment.refunded)
        if part > 0:
            parts.append(Part(payment, part))
            amount -= part
    return parts


def used_payments(*, ref: UUID) -> list[Payment]:
    """Those that came in time for what they were paid for, oldest first."""
    held = Transfer.objects.filter(ref=ref, kind=TransferKind.HOLD).values_list("seq", flat=True)
    # The hold of a top-up has its payment's number; the first payment is held under number 0, at the acceptance.
    return [payment for payment in _came(ref) if payment.seq == 1 or payment.seq in held]


def _came(ref: UUID) -> QuerySet[Payment]:
    return Payment.objects.of(ref).filter(status=Payment.Status.SUCCEEDED)
