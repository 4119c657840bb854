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
    Abandonment,
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
    lines = list(BookEntry.objects.filter(source=source, ours=True).order_by("created_at", "pk"))
    # The provider tells moments in seconds: what became of it may stand before what it is.
    lines.sort(key=lambda line: line.kind not in KINDS)
    kind = _kind(source, lines)
    if known := ByHand.objects.filter(source=source, ref=ref, corrects=None).first():
        return _corrected(known, kind, lines, by, why)
    if kind == TransferKind.HAND_REFUND and provider().retrieve_refund(source).status != "succeeded":
        raise NotByHand("it has not arrived")
    return _booked(source, ref, kind, lines, by, why)


@transaction.atomic
def _corrected(known: ByHand, kind: TransferKind, lines: Sequence[BookEntry], by: User, why: str) -> ByHand:
    """A refund that is his follows the provider by itself."""
    _lock_order(known.ref)
    payment = _locked_payment(known.ref, kind, lines)
    row = ByHand(source=known.source, ref=known.ref, corrects=known, by=by, why=why)
    before = [known, *known.corrections.order_by("seq")]
    row.amount = sum(line.amount for line in lines) - sum(one.amount for one in before)
    if known.refund_id or not row.amount:
        return before[-1]
    return _write(row, payment, kind if row.amount < 0 else RETURNED[kind])


def _kind(source: str, lines: Sequence[BookEntry]) -> TransferKind:
    if not lines:
        raise NotByHand("not in the provider's book; `reconcile` reads it on")
    if lines[0].kind not in KINDS or any(line.fee for line in lines):
        raise NotByHand(f"a {lines[0].kind} is not booked by hand")
    if any(rows.filter(stripe_id=source).exists() for rows in (Payout.objects, Reversal.objects)):
        raise NotByHand("known here already")
    return KINDS[lines[0].kind]


@transaction.atomic
def _booked(source: str, ref: UUID, kind: TransferKind, lines: Sequence[BookEntry], by: User, why: str) -> ByHand:
    _lock_order(ref)
    known = ByHand.objects.filter(source=source, ref=ref).first()
    if known is not None:
        return known
    _must_rest(source, ref)
    payment, amount = _locked_payment(ref, kind, lines), sum(line.amount for line in lines)
    row = ByHand(source=source, ref=ref, amount=amount, by=by, why=why)
    row.refund = _as_refund(payment, source, amount) if kind == TransferKind.HAND_REFUND else None
    return _write(row, payment, kind)


def _lock_order(ref: UUID) -> None:
    signals.money_moving.send(ByHand, ref=ref)
    lock_payments(ref)


def _locked_payment(ref: UUID, kind: TransferKind, lines: Sequence[BookEntry]) -> Payment:
    payment = _payment(ref, kind, lines)
    lock_by_hand(ref=ref, payer_id=payment.payer_id)
    return payment


def _write(row: ByHand, payment: Payment, kind: TransferKind) -> ByHand:
    row.seq = ByHand.objects.filter(ref=row.ref).count() + 1
    row.save(force_insert=True)
    if row.refund is None:
        _post(payment, kind, row.amount, row.seq)
    return row


def _must_rest(source: str, ref: UUID) -> None:
    """What is under way may be the very thing, whose answer was lost; what goes on still wants its money."""
    if any(
        rows.filter(**{name: source}).exists()
        for rows, name in ((Refund.objects, "stripe_id"), (ByHand.objects, "source"))
    ):
        raise NotByHand("known here already")
    if not Abandonment.objects.filter(ref=ref).exists():
        raise NotByHand("the order goes on, or there is none")
    under_way = [
        Refund.objects.filter(ref=ref, status__in=[Refund.Status.REQUESTED, Refund.Status.PENDING]),
        Payout.objects.filter(earning=ref, status=Payout.Status.REQUESTED),
        Reversal.objects.filter(payout__earning=ref, status=Reversal.Status.REQUESTED),
    ]
    if any(rows.exists() for rows in under_way):
        raise NotByHand("something of the order is under way: wait until it is answered")


def _payment(ref: UUID, kind: TransferKind, lines: Sequence[BookEntry]) -> Payment:
    """The payment whose money it moved: of a refund its own, else the first of the order."""
    paid = Payment.objects.of(ref).filter(status=Payment.Status.SUCCEEDED)
    if kind == TransferKind.HAND_REFUND:
        paid = paid.filter(charge_id=lines[0].about)
    found = paid.first()
    if found is None or not _is_of(ref, kind, lines[0]):
        raise NotByHand("it is of another order")
    return found


def _is_of(ref: UUID, kind: TransferKind, line: BookEntry) -> bool:
    """To the companion of the order, or back from what was sent to her for it."""
    if line.ref not in (None, ref):
        return False
    if kind == TransferKind.HAND_PAYOUT:
        hers = Earning.objects.filter(ref=ref).values("companion")
        return PayoutAccount.objects.filter(user__in=hers, stripe_id=line.about).exists()
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
