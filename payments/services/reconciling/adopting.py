"""What somebody did at the provider by hand is taken into our books: else they differ for ever, and the next alarm is
lost among them."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from accounts.models import User
from common.money import format_yuan
from payments import signals
from payments.errors import NotByHand
from payments.gateway import provider
from payments.models import (
    AccountKind,
    BookEntry,
    ByHand,
    Earning,
    FinanceTask,
    Payment,
    Payout,
    PayoutAccount,
    Refund,
    Reversal,
    TransferKind,
)
from payments.services.finance import open_task
from payments.services.ledger import Posting, of_user, post, prepaid_for
from payments.services.locking import lock_by_hand, lock_payments
from payments.services.refunds import refund_made_by_hand
from payments.services.resting import why_not_at_rest

# By the provider's word for the first line of the thing. What came in as a payment finds its order by itself.
KINDS = {
    "refund": TransferKind.HAND_REFUND,
    "payment_refund": TransferKind.HAND_REFUND,
    "transfer": TransferKind.HAND_PAYOUT,
    "transfer_refund": TransferKind.HAND_BACK,
}
# What it is when it comes back, because it failed or was taken back there.
RETURNED = {
    TransferKind.HAND_REFUND: TransferKind.HAND_REFUND_FAILED,
    TransferKind.HAND_PAYOUT: TransferKind.HAND_BACK,
    TransferKind.HAND_BACK: TransferKind.HAND_BACK,
}


def adopt(*, source: str, ref: UUID, by: User, why: str) -> ByHand:
    """Books what the provider's book says of `source` under `ref`, an order that wants no money any more. A refund of
    the payer's own money is one here; all else is at the platform's cost. Twice is once; but what became of the latter
    since, such as that it failed, is booked too.

    Call it outside any transaction: the provider is asked about refunds. Raises ProviderUnavailable, and NotByHand for
    what is not in the provider's book (as far as it was read), is known here already, is of no such kind, of another
    order or has not arrived, and while something of the order is under way.
    """
    kind = _kind(source, _lines(source))
    if not ByHand.objects.filter(source=source, ref=ref).exists():
        _must_have_arrived(source, kind)
    return _booked(source, ref, by, why)


def _lines(source: str) -> list[BookEntry]:
    """Oldest first; but the provider tells moments in seconds, and what became of it may stand before what it is."""
    told = BookEntry.objects.filter(source=source, ours=True).order_by("created_at", "pk")
    return sorted(told, key=lambda line: line.kind not in KINDS)


def _kind(source: str, lines: Sequence[BookEntry]) -> TransferKind:
    if not lines:
        raise NotByHand("not in the provider's book; `reconcile` reads it on")
    if lines[0].kind not in KINDS or any(line.fee for line in lines):
        raise NotByHand(f"a {lines[0].kind} is not booked by hand")
    if any(rows.filter(stripe_id=source).exists() for rows in (Payout.objects, Reversal.objects)):
        raise NotByHand("known here already")
    return KINDS[lines[0].kind]


def _must_have_arrived(source: str, kind: TransferKind) -> None:
    if kind == TransferKind.HAND_REFUND and provider().retrieve_refund(source).status != "succeeded":
        raise NotByHand("it has not arrived")


@transaction.atomic
def _booked(source: str, ref: UUID, by: User, why: str) -> ByHand:
    signals.money_moving.send(ByHand, ref=ref)
    lock_payments(ref)
    lines = _lines(source)
    row = ByHand(source=source, ref=ref, by=by, why=why, amount=sum(line.amount for line in lines))
    known = ByHand.objects.filter(source=source, ref=ref, corrects=None).first()
    if known is not None:
        return _corrected(row, known, lines)
    _must_rest(source, ref)
    if not row.amount:
        raise NotByHand("it came to nothing there")
    kind = _kind(source, lines)
    payment = _payment(ref, kind, lines)
    if not _is_of(ref, kind, lines[0]):
        raise NotByHand("it is of another order")
    lock_by_hand(ref=ref, payer_id=payment.payer_id)
    row.refund = _as_refund(payment, source, row.amount) if kind == TransferKind.HAND_REFUND else None
    return _written(row, payment, kind)


def _corrected(row: ByHand, known: ByHand, lines: Sequence[BookEntry]) -> ByHand:
    """What the provider says of it by now, less what is booked. A refund that is his follows the provider by itself.
    Whose it is was asked when it was adopted: her account may be another one by now."""
    before = [known, *known.corrections.order_by("seq")]
    row.corrects, row.amount = known, row.amount - sum(one.amount for one in before)
    if known.refund_id or not row.amount:
        return before[-1]
    kind = _kind(row.source, lines)
    payment = _payment(row.ref, kind, lines)
    lock_by_hand(ref=row.ref, payer_id=payment.payer_id)
    return _written(row, payment, kind if row.amount < 0 else RETURNED[kind])


def _written(row: ByHand, payment: Payment, kind: TransferKind) -> ByHand:
    row.seq = ByHand.objects.filter(ref=row.ref).count() + 1
    row.save(force_insert=True)
    if row.refund is None:
        _post(payment, kind, row.amount, row.seq)
    return row


def _must_rest(source: str, ref: UUID) -> None:
    if any(
        rows.filter(**{name: source}).exists()
        for rows, name in ((Refund.objects, "stripe_id"), (ByHand.objects, "source"))
    ):
        raise NotByHand("known here already")
    if why := why_not_at_rest(ref):
        raise NotByHand(why)


def _payment(ref: UUID, kind: TransferKind, lines: Sequence[BookEntry]) -> Payment:
    """The payment whose money it moved: of a refund its own, else the first of the order."""
    paid = Payment.objects.of(ref).filter(status=Payment.Status.SUCCEEDED)
    if kind == TransferKind.HAND_REFUND:
        paid = paid.filter(charge_id=lines[0].about)
    found = paid.first()
    if found is None:
        raise NotByHand("it is of another order")
    return found


def _is_of(ref: UUID, kind: TransferKind, line: BookEntry) -> bool:
    """To the companion of the order, or back from what was sent to her for it."""
    if line.ref not in (None, ref):
        return False
    if kind == TransferKind.HAND_PAYOUT:
        hers = Earning.objects.filter(ref=ref).values("companion")
        now = PayoutAccount.objects.filter(user__in=hers, stripe_id=line.about)
        # She may have left that account and begun another one since.
        return now.exists() or Payout.objects.filter(earning__companion__in=hers, account_id=line.about).exists()
    sent = Payout.objects.filter(earning=ref, stripe_id=line.about), ByHand.objects.filter(ref=ref, source=line.about)
    return kind == TransferKind.HAND_REFUND or any(rows.exists() for rows in sent)


def _as_refund(payment: Payment, source: str, amount: int) -> Refund | None:
    """None where nothing of the payment is the payer's own any more. Raises NotByHand for what is so only in part."""
    own = min(payment.left, prepaid_for(ref=payment.ref, payer_id=payment.payer_id))
    if own <= 0:
        return None
    if -amount > own:
        raise NotByHand(f"only {format_yuan(own)} of it are the payer's own; send back that and the rest one by one")
    refund = refund_made_by_hand(payment=payment, amount=-amount, stripe_id=source)
    if rest := own + amount:
        note = f"{format_yuan(rest)} are still here after {source}"
        open_task(FinanceTask.Kind.REFUND_FAILED, key=str(payment.ref), ref=payment.ref, note=note)
    return refund


def _post(payment: Payment, kind: TransferKind, amount: int, seq: int) -> None:
    cost, clearing = (of_user(one, payment.payer_id) for one in (AccountKind.BY_HAND, AccountKind.STRIPE_CLEARING))
    sides = (cost, clearing) if amount < 0 else (clearing, cost)
    post(payment.ref, Posting(kind, *sides, abs(amount), seq))
