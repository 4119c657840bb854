"""A dispute that is lost is somebody's loss, and is booked as such.

First what of the payment was the payer's own still: he has it back now. Then what the order earned with this payment,
in the proportion it was shared in: the companion's part and the platform's. The rest is the platform's loss. Stripe's
fee for the dispute is the platform's in any case.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Now

from common.doorbell import ring_on_commit
from common.money import format_yuan
from payments import signals
from payments.models import (
    Account,
    AccountKind,
    Dispute,
    Earning,
    FinanceTask,
    Payment,
    Payout,
    Refund,
    Reversal,
    Transfer,
    TransferKind,
)
from payments.services.disputes.following import ENTRIES
from payments.services.finance import open_task
from payments.services.ledger import Posting, dispute_keys, of_user, order_keys, post, prepaid_for
from payments.services.locking import lock_accounts, lock_payments
from payments.services.payouts.telling import tell_lost
from payments.services.refunds import ask_for_help


@dataclass(frozen=True, slots=True)
class Loss:
    """Who bears it, in fen."""

    payer: int
    companion: int
    fee: int
    platform: int


def losses_to_book() -> QuerySet[Dispute]:
    return Dispute.objects.filter(outcome=Dispute.Outcome.LOST, booked_at=None)


@transaction.atomic
def book_loss(*, dispute_id: int) -> bool:
    """Shares out what was lost; False while the order still runs, and when it is done already."""
    dispute = _locked(dispute_id)
    if dispute is None or _still_runs(dispute):
        return False
    earning = Earning.objects.select_for_update().filter(ref=dispute.ref).first()
    hers = order_keys(dispute.ref, earning.companion_id) if earning else []
    lock_accounts([*dispute_keys(dispute.payment.payer_id), *hers])
    # One that was opened by a version before this one may not owe.
    Account.objects.filter(kind=AccountKind.PAYABLE, owner__in=[owner for _, owner in hers]).update(may_overdraw=True)
    loss = _shared_out(dispute, earning, _taken(dispute))
    _post(dispute, earning, loss)
    _count(dispute)
    if earning is not None and loss.companion:
        _fetch_back(dispute, earning, loss.companion)
        tell_lost(dispute, earning, loss.companion)
    Dispute.objects.filter(pk=dispute.pk).update(booked_at=Now())
    ask_for_help(ref=dispute.ref)
    return True


def loss_now(*, dispute: Dispute) -> Loss | None:
    """Who would bear it if it were lost and booked now; nothing is locked or written. None while the order still
    runs or money of it is on its way. As long as the bank has taken nothing, it is over all that is disputed."""
    if _still_runs(dispute):
        return None
    earning = Earning.objects.filter(ref=dispute.ref).first()
    return _shared_out(dispute, earning, _taken(dispute) or dispute.amount)


def dispute_fee(*, dispute: Dispute) -> int:
    """Fen that the provider took for it and has not given back; 0 while none is booked. The platform bears it."""
    return _moved(dispute, TransferKind.DISPUTE_FEE) - _moved(dispute, TransferKind.DISPUTE_FEE_BACK)


def _locked(dispute_id: int) -> Dispute | None:
    for ref in Dispute.objects.filter(pk=dispute_id).values_list("ref", flat=True):
        signals.money_moving.send(Dispute, ref=ref)
        lock_payments(ref)
    rows = losses_to_book().select_for_update(of=("self",)).select_related("payment")
    return rows.filter(pk=dispute_id).first()


def _still_runs(dispute: Dispute) -> bool:
    """Money is held for the order, or earned and not yet shared, or on its way to nobody yet knows where."""
    on_its_way = [
        Payout.objects.filter(earning=dispute.ref, status=Payout.Status.REQUESTED),
        Refund.objects.filter(payment=dispute.payment_id, status__in=[Refund.Status.REQUESTED, Refund.Status.PENDING]),
    ]
    if any(rows.exists() for rows in on_its_way):
        return True
    of_order = {"owner": str(dispute.ref), "kind__in": [AccountKind.HOLD, AccountKind.EARNED]}
    return any(account.balance for account in Account.objects.filter(**of_order))


def _shared_out(dispute: Dispute, earning: Earning | None, lost: int) -> Loss:
    payer = min(lost, max(0, _his_of(dispute.payment)))
    rest = lost - payer
    companion, fee = _parts_of(dispute.payment, earning)
    served = min(rest, companion + fee)
    part = served * companion // (companion + fee) if served else 0
    return Loss(payer, part, served - part, rest - served)


def _his_of(payment: Payment) -> int:
    """Fen of this payment that are still the payer's own: what lies in his prepay for the order, but for what of his
    other payments could not be sent back to him."""
    his = Payment.objects.of(payment.ref).filter(payer=payment.payer_id).exclude(pk=payment.pk)
    return prepaid_for(ref=payment.ref, payer_id=payment.payer_id) - sum(map(_stuck, his))


def _stuck(payment: Payment) -> int:
    """Fen that were to go back and are here, because the last refund failed: it was over all that was to."""
    last = payment.refunds.order_by("-seq").first()
    return last.amount if last is not None and last.status == Refund.Status.FAILED else 0


def _used(payment: Payment) -> int:
    """Fen of the payment that the order kept."""
    return payment.amount - payment.refunded - _stuck(payment)


def _taken(dispute: Dispute) -> int:
    """Fen that the bank took and has not given back."""
    return _moved(dispute, TransferKind.DISPUTE) - _moved(dispute, TransferKind.DISPUTE_WON)


def _moved(dispute: Dispute, kind: TransferKind) -> int:
    """Fen that the lines of this dispute moved that way."""
    return _posted(dispute.ref, kind, seq__gte=dispute.seq * ENTRIES, seq__lt=(dispute.seq + 1) * ENTRIES)


def _parts_of(payment: Payment, earning: Earning | None) -> tuple[int, int]:
    """What of this payment is the companion's and the platform's still, after disputes that were lost before."""
    if earning is None:
        return 0, 0
    came = Payment.objects.of(payment.ref).filter(status=Payment.Status.SUCCEEDED)
    mine, used = _used(payment), sum(map(_used, came)) or 1
    fee = _posted(payment.ref, TransferKind.SETTLE_FEE)
    before = [dispute.seq for dispute in payment.disputes.exclude(booked_at=None)]
    lost = [_posted(payment.ref, kind, seq__in=before) for kind in (TransferKind.LOST_COMPANION, TransferKind.LOST_FEE)]
    return earning.amount * mine // used - lost[0], fee * mine // used - lost[1]


def _posted(ref: UUID, kind: TransferKind, **which: Any) -> int:
    moved = Transfer.objects.filter(ref=ref, kind=kind, **which)
    return moved.aggregate(fen=Sum("amount"))["fen"] or 0


def _post(dispute: Dispute, earning: Earning | None, loss: Loss) -> None:
    payer_id = dispute.payment.payer_id
    reserve = of_user(AccountKind.DISPUTE_RESERVE, payer_id)
    bears = [
        (TransferKind.LOST_PREPAY, AccountKind.PREPAY, payer_id, loss.payer),
        (TransferKind.LOST_PLATFORM, AccountKind.DISPUTE_LOSS, payer_id, loss.platform),
    ]
    if earning is not None:
        bears += [
            (TransferKind.LOST_COMPANION, AccountKind.PAYABLE, earning.companion_id, loss.companion),
            (TransferKind.LOST_FEE, AccountKind.PLATFORM_FEE, earning.companion_id, loss.fee),
        ]
    post(
        dispute.ref,
        *(Posting(kind, of_user(whose, user_id), reserve, fen, dispute.seq) for kind, whose, user_id, fen in bears),
    )


def _count(dispute: Dispute) -> None:
    """The payment has so much less to give. A bank may take more than was left of it; that is the platform's loss."""
    lost = min(_taken(dispute), dispute.payment.left)
    Payment.objects.filter(pk=dispute.payment_id).update(charged_back=F("charged_back") + lost)


def _fetch_back(dispute: Dispute, earning: Earning, amount: int) -> None:
    """Her part comes out of what has not been sent; what has, is fetched back; what cannot be, she owes."""
    sent = earning.payouts.exclude(status=Payout.Status.FAILED).aggregate(fen=Sum("amount"))["fen"] or 0
    kept = min(amount, earning.amount - earning.kept - sent)
    if kept:
        Earning.objects.filter(pk=earning.pk).update(kept=F("kept") + kept)
    rest = amount - kept
    payout = earning.payouts.filter(payment=dispute.payment, stripe_id__isnull=False).first()
    back = min(rest, payout.amount - payout.reversed) if payout else 0
    if payout and back:
        Payout.objects.filter(pk=payout.pk).update(reversed=F("reversed") + back)
        reversal = Reversal.objects.create(payout=payout, dispute=dispute, amount=back)
        ring_on_commit("payments.tasks.send_reversal", reversal.pk)
    if rest - back:
        open_task(FinanceTask.Kind.DEBT, key=dispute.stripe_id, ref=dispute.ref, note=format_yuan(rest - back))
