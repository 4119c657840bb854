"""How money goes back over the payments of an order: for the refund, and for the receipt before anything is sent."""

from dataclasses import dataclass
from uuid import UUID

from payments.models import Payment, Transfer, TransferKind
from payments.models.payment import PaymentQuerySet
from payments.services.sharing import held_numbers


@dataclass(frozen=True, slots=True)
class Part:
    """So many fen, over the payment they came with."""

    payment: Payment
    amount: int


def planned_refunds(*, ref: UUID, payer_id: int, amount: int) -> list[Part]:
    """`amount` fen divided over what this payer paid for `ref`: first over payments that came too late for anything to
    be held of them, each to where it came from, then over the others, newest first.
    """
    parts = []
    used = {payment.pk for payment in used_payments(ref=ref)}
    his = _came(ref).filter(payer=payer_id)
    for payment in sorted(his, key=lambda payment: (payment.pk in used, -payment.seq)):
        part = min(amount, payment.left)
        if part > 0:
            parts.append(Part(payment, part))
            amount -= part
    return parts


def used_payments(*, ref: UUID) -> list[Payment]:
    """Those that came in time for what they were paid for, oldest first."""
    came = list(_came(ref))
    if len(came) < 2:
        return came
    held = set(Transfer.objects.filter(ref=ref, kind=TransferKind.HOLD).values_list("seq", flat=True))
    # Until an order is accepted nothing is held: what is paid is to be used.
    return [payment for payment in came if not held or held.intersection(held_numbers(payment))]


def _came(ref: UUID) -> PaymentQuerySet:
    return Payment.objects.of(ref).filter(status=Payment.Status.SUCCEEDED)
