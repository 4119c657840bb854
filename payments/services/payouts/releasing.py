"""The daily release: what is due becomes payouts, one for each payment it was paid with."""

import logging
from uuid import UUID

from django.db import transaction
from django.db.models import F, Sum
from django.db.models.functions import Now

from common.doorbell import ring_on_commit
from common.money import divided
from payments import signals
from payments.models import Account, AccountKind, Earning, FinanceTask, Payment, Payout, TransferKind
from payments.services.finance import open_task
from payments.services.ledger import Posting, of_user, payout_keys, post
from payments.services.locking import lock_accounts, lock_payments, payers_of
from payments.services.payouts.earnings import coming_back, due_earnings, held_refs, unreleased

log = logging.getLogger(__name__)
BATCH = 200


def release_due() -> int:
    """Releases what is due and not held; returns how many references. A late or doubled call is nothing.

    What is held, or goes wrong, is passed over: however much of it there is, it does not keep others waiting.
    """
    refs = list(due_earnings().values_list("ref", flat=True))
    batches = (refs[start : start + BATCH] for start in range(0, len(refs), BATCH))
    return sum(_tried(ref) for batch in batches for ref in set(batch) - held_refs(batch))


def _tried(ref: UUID) -> bool:
    try:
        return _released(ref)
    except Exception:
        log.exception("not released: %s", ref)
        return False


@transaction.atomic
def _released(ref: UUID) -> bool:
    """False when it was released, or held, since it was found."""
    signals.money_moving.send(Payout, ref=ref)
    lock_payments(ref)
    earning = due_earnings().select_for_update(of=("self",)).filter(ref=ref).first()
    if earning is None or held_refs([ref]):
        return False
    lock_accounts(payout_keys(earning.companion_id, payers_of(ref)))
    _keep_debt(earning)
    parts = _parts(earning)
    if sum(part for _, part in parts) != _left(earning):
        _stop(earning)
        return False
    _send_off(earning, parts)
    Earning.objects.filter(pk=ref).update(released_at=Now())
    return True


def _stop(earning: Earning) -> None:
    """Nothing is sent that no payment covers: somebody has to find out why."""
    Earning.objects.filter(pk=earning.pk).update(stopped="not_covered")
    open_task(FinanceTask.Kind.PAYOUT_REFUSED, key=str(earning.ref), ref=earning.ref, note="not_covered")


def _keep_debt(earning: Earning) -> None:
    """What a lost dispute took from her account and is not there makes her next earnings smaller."""
    companion_id = earning.companion_id
    debt = _owed(companion_id) - of_user(AccountKind.PAYABLE, companion_id).balance - coming_back(companion_id)
    kept = max(0, min(debt, _left(earning)))
    if debt <= kept:
        _debt_is_over(companion_id)
    if kept:
        Earning.objects.filter(pk=earning.pk).update(kept=F("kept") + kept)
        earning.kept += kept


def _debt_is_over(companion_id: int) -> None:
    """What she owed is made good with this: nobody has to see to it any more."""
    hers = Earning.objects.filter(companion=companion_id).values("ref")
    FinanceTask.objects.filter(kind=FinanceTask.Kind.DEBT, closed_at=None, ref__in=hers).update(closed_at=Now())


def _owed(companion_id: int) -> int:
    """Fen that were earned and have not been sent off."""
    waiting = unreleased(companion_id)
    earned = waiting.aggregate(fen=Sum(F("amount") - F("kept")))["fen"] or 0
    gone = Payout.objects.filter(earning__in=waiting).exclude(status=Payout.Status.FAILED)
    return earned - (gone.aggregate(fen=Sum("amount"))["fen"] or 0)


def _left(earning: Earning) -> int:
    gone = earning.payouts.exclude(status=Payout.Status.FAILED).aggregate(fen=Sum("amount"))["fen"] or 0
    return earning.amount - earning.kept - gone


def _send_off(earning: Earning, parts: list[tuple[Payment, int]]) -> None:
    account_id = earning.companion.payout_account.stripe_id or ""
    payable, pending = (
        of_user(kind, earning.companion_id) for kind in (AccountKind.PAYABLE, AccountKind.PAYOUT_PENDING)
    )
    seq = earning.payouts.count()
    for payment, amount in parts:
        seq += 1
        payout = Payout.objects.create(earning=earning, payment=payment, seq=seq, amount=amount, account_id=account_id)
        _post(payout, payable, pending)
        ring_on_commit("payments.tasks.send_payout", payout.pk)


def _post(payout: Payout, payable: Account, pending: Account) -> None:
    post(payout.earning_id, Posting(TransferKind.PAYOUT, payable, pending, payout.amount, payout.seq))


def _parts(earning: Earning) -> list[tuple[Payment, int]]:
    """What is left of the earning over the payments that funded it, by what of each was used. None carries more than
    came with it: Stripe takes each transfer out of its charge."""
    gone = earning.payouts.exclude(status=Payout.Status.FAILED).values("payment")
    came = Payment.objects.of(earning.ref).filter(status=Payment.Status.SUCCEEDED)
    payments = list(came.exclude(pk__in=gone))
    used = [payment.left for payment in payments]
    parts = divided(min(_left(earning), sum(used)), used)
    return [(payment, part) for payment, part in zip(payments, parts, strict=True) if part]
