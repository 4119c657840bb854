"""Fetching back from a companion's account what a lost dispute took: asked for once; what is not there, she owes."""

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from common.money import format_yuan
from payments import signals
from payments.errors import BalanceTooLow, Refused
from payments.gateway import provider
from payments.gateway.values import ReversalState
from payments.models import AccountKind, FinanceTask, Payout, Reversal, TransferKind
from payments.services.finance import open_task
from payments.services.ledger import Posting, of_user, payout_keys, post
from payments.services.locking import lock_accounts, lock_payments


def send_reversal(*, reversal_id: int) -> Reversal:
    """Asks Stripe for it, outside any transaction; the key makes a second asking the same. Raises ProviderUnavailable
    when Stripe does not answer: it stays requested."""
    reversal = Reversal.objects.select_related("payout").get(pk=reversal_id)
    if reversal.status != Reversal.Status.REQUESTED:
        return reversal
    known = _found(reversal)
    Reversal.objects.filter(pk=reversal.pk).update(asked_at=Now())
    try:
        return _done(reversal, known or _asked(reversal))
    except BalanceTooLow:
        return _failed(reversal, "balance_insufficient")
    except Refused as refused:
        return _failed(reversal, refused.reason)


def _found(reversal: Reversal) -> ReversalState | None:
    """What came of an earlier question, if Stripe made it. It forgets keys after a day."""
    if reversal.asked_at is None:
        return None
    transfer_id = reversal.payout.stripe_id or ""
    return provider().find_reversal(transfer_id=transfer_id, key=reversal.idempotency_key)


def _asked(reversal: Reversal) -> ReversalState:
    return provider().reverse_transfer(
        transfer_id=reversal.payout.stripe_id or "", amount=reversal.amount, key=reversal.idempotency_key
    )


@transaction.atomic
def _done(reversal: Reversal, state: ReversalState) -> Reversal:
    reversal = _locked(reversal)
    if reversal.status == Reversal.Status.REQUESTED:
        payout = reversal.payout
        clearing = of_user(AccountKind.STRIPE_CLEARING, payout.payment.payer_id)
        payable = of_user(AccountKind.PAYABLE, payout.earning.companion_id)
        post(payout.earning_id, Posting(TransferKind.PAYOUT_REVERSED, clearing, payable, reversal.amount, reversal.pk))
        _save(reversal, Reversal.Status.DONE, stripe_id=state.id)
    return reversal


@transaction.atomic
def _failed(reversal: Reversal, reason: str) -> Reversal:
    """Her account here stays below zero by it, and her next earnings make it good."""
    reversal = _locked(reversal)
    if reversal.status == Reversal.Status.REQUESTED:
        payout = reversal.payout
        Payout.objects.filter(pk=payout.pk).update(reversed=F("reversed") - reversal.amount)
        _save(reversal, Reversal.Status.FAILED, failure_reason=reason)
        note = f"{format_yuan(reversal.amount)}, {reason}"
        open_task(FinanceTask.Kind.DEBT, key=reversal.dispute.stripe_id, ref=payout.earning_id, note=note)
    return reversal


def _locked(reversal: Reversal) -> Reversal:
    ref = reversal.payout.earning_id
    signals.money_moving.send(Reversal, ref=ref)
    lock_payments(ref)
    rows = Reversal.objects.select_for_update(of=("self",))
    locked = rows.select_related("payout__earning", "payout__payment", "dispute").get(pk=reversal.pk)
    lock_accounts(payout_keys(locked.payout.earning.companion_id, [locked.payout.payment.payer_id]))
    return locked


def _save(reversal: Reversal, status: Reversal.Status, **changed: str) -> None:
    reversal.status = status
    for name, value in changed.items():
        setattr(reversal, name, value)
    reversal.save(update_fields=["status", *changed])
