"""The daily release: what is due becomes payouts, one for each payment it was paid with."""

import logging
from collections.abc import Iterator
from uuid import UUID

from django.db import transaction
from django.db.models import F, Sum
from django.db.models.functions import Now

from common.doorbell import ring_on_commit
from common.money import divided
from payments import signals
from payments.models import AccountKind, Earning, FinanceTask, Payment, Payout, PayoutAccount, TransferKind
from payments.services.finance import open_task
from payments.services.ledger import Posting, of_user, payout_keys, post
from payments.services.locking import lock_accounts, lock_payments, payers_of
from payments.services.payouts.earnings import can_receive, debt_is_over, debt_of, due_earnings, held_refs

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
    keep_debt(earning)
    if left_of_one(earning) and not Earning.objects.filter(can_receive(), pk=ref).exists():
        return False
    parts = parts_of(earning)
    if sum(part for _, part in parts) != left_of_one(earning):
        _stop(earning)
        return False
    for payout in payouts_of(earning, parts, account_id=_account_of(earning)):
        ring_on_commit("payments.tasks.send_payout", payout.pk)
    Earning.objects.filter(pk=ref).update(released_at=Now())
    return True


def _account_of(earning: Earning) -> str:
    """ "" where nothing is sent."""
    accounts = PayoutAccount.objects.filter(user=earning.companion_id).values_list("stripe_id", flat=True)
    return accounts.first() or ""


def _stop(earning: Earning) -> None:
    """Nothing is sent that no payment covers: somebody has to find out why."""
    Earning.objects.filter(pk=earning.pk).update(stopped="not_covered")
    open_task(FinanceTask.Kind.PAYOUT_REFUSED, key=str(earning.ref), ref=earning.ref, note="not_covered")


def keep_debt(earning: Earning) -> None:
    """What a lost dispute took from her account and is not there makes her next earnings smaller. The caller holds her
    accounts."""
    debt = debt_of(earning.companion_id)
    kept = max(0, min(debt, left_of_one(earning)))
    if debt <= kept:
        debt_is_over(earning.companion_id)
    if kept:
        Earning.objects.filter(pk=earning.pk).update(kept=F("kept") + kept)
        earning.kept += kept


def left_of_one(earning: Earning) -> int:
    """Fen of it that have not been sent off and are not kept."""
    gone = earning.payouts.exclude(status=Payout.Status.FAILED).aggregate(fen=Sum("amount"))["fen"] or 0
    return earning.amount - earning.kept - gone


def payouts_of(earning: Earning, parts: list[tuple[Payment, int]], *, account_id: str) -> Iterator[Payout]:
    """Writes down and posts that these parts leave for the account."""
    payable, pending = (
        of_user(kind, earning.companion_id) for kind in (AccountKind.PAYABLE, AccountKind.PAYOUT_PENDING)
    )
    for seq, (payment, amount) in enumerate(parts, start=earning.payouts.count() + 1):
        payout = Payout.objects.create(earning=earning, payment=payment, seq=seq, amount=amount, account_id=account_id)
        post(earning.pk, Posting(TransferKind.PAYOUT, payable, pending, amount, seq))
        yield payout


def parts_of(earning: Earning) -> list[tuple[Payment, int]]:
    """What is left of the earning over the payments that funded it, by what of each was used. None carries more than
    came with it: Stripe takes each transfer out of its charge. Not all of it where no payment covers it."""
    gone = earning.payouts.exclude(status=Payout.Status.FAILED).values("payment")
    came = Payment.objects.of(earning.ref).filter(status=Payment.Status.SUCCEEDED)
    payments = list(came.exclude(pk__in=gone))
    used = [payment.left for payment in payments]
    parts = divided(min(left_of_one(earning), sum(used)), used)
    return [(payment, part) for payment, part in zip(payments, parts, strict=True) if part]
