"""Payouts, sent: a row and a posting first, Stripe afterwards."""

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from payments import signals
from payments.errors import BalanceTooLow, TransferRefused
from payments.gateway import provider
from payments.gateway.values import TransferState
from payments.models import Account, AccountKind, Earning, FinanceTask, Outside, Payout, TransferKind
from payments.services.finance import close_task, open_task
from payments.services.ledger import Posting, of_user, payout_keys, post
from payments.services.locking import lock_accounts, lock_payments
from payments.services.payouts.accounts import sync_account
from payments.services.payouts.earnings import held_refs

HELD = "held"


def send_payout(*, payout_id: int) -> Payout:
    """Asks Stripe for the transfer, outside any transaction; the key makes a second asking the same transfer.

    Raises ProviderUnavailable when Stripe does not answer or has not enough of our money: it stays requested.
    """
    payout = Payout.objects.select_related("payment").get(pk=payout_id)
    if payout.status != Payout.Status.REQUESTED:
        return payout
    if payout.asked_at is None and _is_called_off(payout):
        payout.refresh_from_db()
        return payout
    known = _found(payout)
    Payout.objects.filter(pk=payout.pk).update(asked_at=Now())
    try:
        return _sent(payout, known or _asked(payout))
    except TransferRefused as refused:
        payout = _refused(payout, refused.reason)
    sync_account(user_id=payout.earning.companion_id)
    return payout


def _found(payout: Payout) -> TransferState | None:
    """What came of an earlier question, if Stripe made it. It forgets keys after a day."""
    if payout.asked_at is None:
        return None
    return provider().find_transfer(ref=str(payout.ref), key=payout.idempotency_key)


def _asked(payout: Payout) -> TransferState:
    try:
        return provider().create_transfer(
            amount=payout.amount,
            account_id=payout.account_id,
            charge_id=payout.payment.charge_id or "",
            ref=str(payout.ref),
            marks=payout.marks,
            key=payout.idempotency_key,
        )
    except BalanceTooLow:
        # Stripe would repeat its answer to this key for a day.
        Payout.objects.filter(pk=payout.pk, attempt=payout.attempt).update(attempt=F("attempt") + 1)
        raise


@transaction.atomic
def _is_called_off(payout: Payout) -> bool:
    """Somebody began to look at what happened after it was released: what Stripe was not asked for yet waits too."""
    payout = _locked(payout)
    if payout.asked_at is not None or payout.status != Payout.Status.REQUESTED or not held_refs([payout.earning_id]):
        return False
    _give_back(payout, HELD)
    Earning.objects.filter(pk=payout.earning_id).update(released_at=None)
    return True


@transaction.atomic
def _sent(payout: Payout, state: TransferState) -> Payout:
    payout = _locked(payout)
    if payout.status == Payout.Status.REQUESTED:
        _post(payout, TransferKind.PAYOUT_SENT, *_pending_and_clearing(payout))
        _has_left(payout, stripe_id=state.id)
    return payout


def send_outside(*, payout: Payout, outside: Outside) -> None:
    """It went past Stripe: it is done. The caller wrote the payout in this transaction, and holds the accounts."""
    pending, _ = _pending_and_clearing(payout)
    bank = of_user(AccountKind.OWN_BANK, payout.earning.companion_id)
    _post(payout, TransferKind.PAYOUT_SENT, pending, bank)
    _has_left(payout, outside=outside)


def _has_left(payout: Payout, **how: object) -> None:
    _save(payout, status=Payout.Status.SENT, **how)
    if not Earning.objects.filter(pk=payout.earning_id).exclude(stopped="").exists():
        close_task(FinanceTask.Kind.PAYOUT_REFUSED, key=str(payout.ref))


@transaction.atomic
def _refused(payout: Payout, reason: str) -> Payout:
    """The money is hers as before. It waits until finance has seen why, or her account is in order again."""
    payout = _locked(payout)
    if payout.status == Payout.Status.REQUESTED:
        _give_back(payout, reason)
        Earning.objects.filter(pk=payout.earning_id).update(released_at=None, stopped=reason)
        open_task(FinanceTask.Kind.PAYOUT_REFUSED, key=str(payout.ref), ref=payout.earning_id, note=reason)
    return payout


def _give_back(payout: Payout, reason: str) -> None:
    pending, _ = _pending_and_clearing(payout)
    _post(payout, TransferKind.PAYOUT_FAILED, pending, of_user(AccountKind.PAYABLE, payout.earning.companion_id))
    _save(payout, status=Payout.Status.FAILED, failure_reason=reason)


def _locked(payout: Payout) -> Payout:
    signals.money_moving.send(Payout, ref=payout.earning_id)
    lock_payments(payout.earning_id)
    rows = Payout.objects.select_for_update(of=("self",)).select_related("earning", "payment")
    locked = rows.get(pk=payout.pk)
    lock_accounts(payout_keys(locked.earning.companion_id, [locked.payment.payer_id]))
    return locked


def _pending_and_clearing(payout: Payout) -> tuple[Account, Account]:
    pending = of_user(AccountKind.PAYOUT_PENDING, payout.earning.companion_id)
    return pending, of_user(AccountKind.STRIPE_CLEARING, payout.payment.payer_id)


def _post(payout: Payout, kind: TransferKind, debit: Account, credit: Account) -> None:
    post(payout.earning_id, Posting(kind, debit, credit, payout.amount, payout.seq))


def _save(payout: Payout, **changed: object) -> None:
    for name, value in changed.items():
        setattr(payout, name, value)
    payout.changed_at = Now()
    payout.save(update_fields=[*changed, "changed_at"])
