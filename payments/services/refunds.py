"""Money back: a row and a posting first, Stripe afterwards, and whatever Stripe then makes of it."""

from uuid import UUID

from django.db import transaction
from django.db.models import F, Max
from django.db.models.functions import Now

from common.doorbell import ring_on_commit
from payments import signals
from payments.errors import BalanceTooLow, RefundRefused
from payments.gateway import provider
from payments.gateway.values import RefundState
from payments.models import (
    Abandonment,
    Account,
    AccountKind,
    Dispute,
    FinanceTask,
    Outside,
    Payment,
    Refund,
    Transfer,
    TransferKind,
)
from payments.services.finance import close_task, open_task
from payments.services.ledger import Posting, of_user, post, prepaid_for
from payments.services.locking import lock_payers, lock_payments, payers_of
from payments.services.planning import Part, planned_refunds

OPEN = (Refund.Status.REQUESTED, Refund.Status.PENDING)
STATUS_OF = {
    "pending": Refund.Status.PENDING,
    "requires_action": Refund.Status.PENDING,
    "succeeded": Refund.Status.SUCCEEDED,
    "failed": Refund.Status.FAILED,
    "canceled": Refund.Status.FAILED,
}


@transaction.atomic
def refund_unused(*, ref: UUID) -> list[Refund]:
    """Sends back all prepaid money of `ref` that is not held: to each payer his own, over his payments as
    `planned_refunds` divides it.

    The rows are written here; Stripe is asked by a worker after commit. Nothing left to send gives an empty list.
    The caller holds the order's lock.
    """
    lock_payments(ref)
    lock_payers(ref)
    return [_request(part.payment, part.amount) for payer_id in payers_of(ref) for part in _left(ref, payer_id)]


@transaction.atomic
def send_back(*, ref: UUID, seq: int) -> None:
    """Sends back one payment of an order that does not want it and waits for others. Twice is once.

    The caller holds the order's lock, and nothing of the payment is held.
    """
    lock_payments(ref)
    lock_payers(ref)
    payment = Payment.objects.get(ref=ref, seq=seq)
    if payment.left:
        _request(payment, payment.left)


@transaction.atomic
def request_refund_again(*, ref: UUID) -> list[Refund]:
    """Sends back once more what a failed refund left with us, or all that an abandoned order still has.

    Of an order that goes on nothing else is ours to send: its other payments wait to be used.
    """
    signals.money_moving.send(Refund, ref=ref)
    if Abandonment.objects.filter(ref=ref).exists():
        return refund_unused(ref=ref)
    lock_payments(ref)
    lock_payers(ref)
    return [_request(payment, payment.left) for payment in left_by_failed(ref=ref)]


def left_by_failed(*, ref: UUID) -> list[Payment]:
    """Payments that were to go back, and of which something is still here because their refund failed."""
    failed = Refund.objects.filter(ref=ref, status=Refund.Status.FAILED)
    still_here = Payment.objects.of(ref).filter(amount__gt=F("refunded") + F("charged_back"))
    return list(still_here.filter(pk__in=failed.values("payment")))


def send_refund(*, refund_id: int) -> Refund:
    """Asks Stripe for the refund, outside any transaction; the key makes a second asking the same refund.

    Raises ProviderUnavailable when Stripe does not answer or has not enough of our money: it stays requested.
    """
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if refund.status != Refund.Status.REQUESTED:
        return refund
    known = _made_before(refund)
    Refund.objects.filter(pk=refund.pk).update(asked_at=Now())
    return apply_refund(refund_id=refund.pk, state=known or _ask(refund))


def _made_before(refund: Refund) -> RefundState | None:
    """What came of an earlier question, if Stripe made it. Its key is forgotten after a day, and for a day it repeats
    what it answered first, be that an error, or a success that has failed since."""
    if refund.asked_at is None:
        return None
    intent_id = refund.payment.payment_intent_id or ""
    return provider().find_refund(payment_intent_id=intent_id, key=refund.idempotency_key)


def sync_refund(*, refund: Refund) -> Refund:
    """Asks Stripe how the refund stands and applies it."""
    if refund.stripe_id is None:
        return send_refund(refund_id=refund.pk)
    Refund.objects.filter(pk=refund.pk).update(asked_at=Now())
    return apply_refund(refund_id=refund.pk, state=provider().retrieve_refund(refund.stripe_id))


@transaction.atomic
def apply_refund(*, refund_id: int, state: RefundState) -> Refund:
    """Applies Stripe's word. A refund may fail even after it looked succeeded; failed is final."""
    refund = _locked(refund_id)
    status = STATUS_OF[state.status]
    if refund.status in (status, Refund.Status.FAILED):
        return refund
    if refund.status == Refund.Status.SUCCEEDED and status != Refund.Status.FAILED:
        return refund
    lock_payers(refund.ref)
    return _become(refund, status, stripe_id=state.id, failure_reason=state.failure_reason)


def _become(refund: Refund, status: Refund.Status, **told: object) -> Refund:
    for name, value in told.items():
        setattr(refund, name, value)
    _post_outcome(refund, status)
    refund.status, refund.changed_at = status, Now()
    refund.save(update_fields=["status", "changed_at", *told])
    ask_for_help(ref=refund.ref)
    signals.refund_changed.send(Refund, refund=refund)
    return refund


def ask_for_help(*, ref: UUID) -> None:
    """Money that could not go back waits with us for somebody of finance who finds out how; or nothing does any more.

    What waits for a bank's decision is no second thing to do: the dispute has a task of its own, and the money goes
    back by itself, or is lost, when it is decided.
    """
    last = [payment.refunds.latest("seq") for payment in left_by_failed(ref=ref)]
    stuck = [refund for refund in last if refund.status == Refund.Status.FAILED and not _waits_for_bank(refund)]
    if stuck:
        open_task(FinanceTask.Kind.REFUND_FAILED, key=str(ref), ref=ref, note=stuck[0].failure_reason)
    elif not Refund.objects.filter(ref=ref, status__in=OPEN).exists():
        close_task(FinanceTask.Kind.REFUND_FAILED, key=str(ref))


def _waits_for_bank(refund: Refund) -> bool:
    return refund.is_disputed and Dispute.objects.open().filter(payment=refund.payment_id).exists()


def _left(ref: UUID, payer_id: int) -> list[Part]:
    left = prepaid_for(ref=ref, payer_id=payer_id)
    return planned_refunds(ref=ref, payer_id=payer_id, amount=left)


def _locked(refund_id: int) -> Refund:
    # The order and its payments before the payer's accounts: whoever settles the order takes them in this order.
    for ref in Refund.objects.filter(pk=refund_id).values_list("ref", flat=True):
        signals.money_moving.send(Refund, ref=ref)
        lock_payments(ref)
    return Refund.objects.select_for_update(of=("self",)).select_related("payment").get(pk=refund_id)


def _ask(refund: Refund) -> RefundState:
    """Stripe's answer; a refusal is a refund that failed, and the money stays the payer's in the books."""
    try:
        return provider().create_refund(
            payment_intent_id=refund.payment.payment_intent_id or "",
            amount=refund.amount,
            ref=str(refund.ref),
            key=refund.idempotency_key,
        )
    except BalanceTooLow:
        # Stripe would repeat its answer to this key for a day.
        Refund.objects.filter(pk=refund.pk, attempt=refund.attempt).update(attempt=F("attempt") + 1)
        raise
    except RefundRefused as refused:
        return RefundState(None, "failed", refund.amount, refused.reason)


def _request(payment: Payment, amount: int) -> Refund:
    refund = _written(payment, amount)
    ring_on_commit("payments.tasks.send_refund", refund.pk)
    return refund


def _written(payment: Payment, amount: int) -> Refund:
    last = Refund.objects.filter(ref=payment.ref).aggregate(last=Max("seq"))["last"] or 0
    refund = Refund.objects.create(payment=payment, ref=payment.ref, seq=last + 1, amount=amount)
    Payment.objects.filter(pk=payment.pk).update(refunded=F("refunded") + amount)
    prepay, pending, _ = _accounts(refund)
    post(refund.ref, Posting(TransferKind.REFUND, prepay, pending, amount, refund.seq))
    return refund


def refund_made_by_hand(*, payment: Payment, amount: int, stripe_id: str) -> Refund:
    """Somebody sent it back at Stripe by hand: it is done. The caller holds the payment and its payer's accounts, and
    has seen that so much is the payer's own."""
    refund = _written(payment, amount)
    return _become(refund, Refund.Status.SUCCEEDED, stripe_id=stripe_id)


def refund_outside(*, part: Part, outside: Outside) -> Refund:
    """It went past Stripe: it is done. The caller holds what `refund_made_by_hand` wants, and our bank's account."""
    refund = _written(part.payment, part.amount)
    return _become(refund, Refund.Status.SUCCEEDED, outside=outside)


def _post_outcome(refund: Refund, status: Refund.Status) -> None:
    prepay, pending, holder = _accounts(refund)
    if status == Refund.Status.SUCCEEDED:
        post(refund.ref, Posting(TransferKind.REFUND_SUCCEEDED, pending, holder, refund.amount, refund.seq))
    if status == Refund.Status.FAILED:
        left_us = Transfer.objects.filter(ref=refund.ref, kind=TransferKind.REFUND_SUCCEEDED, seq=refund.seq).exists()
        source = holder if left_us else pending
        post(refund.ref, Posting(TransferKind.REFUND_FAILED, source, prepay, refund.amount, refund.seq))
        Payment.objects.filter(pk=refund.payment_id).update(refunded=F("refunded") - refund.amount)


def _accounts(refund: Refund) -> tuple[Account, Account, Account]:
    """The payer's own, what is on its way to him, and where it is taken from."""
    holder = AccountKind.OWN_BANK if refund.outside else AccountKind.STRIPE_CLEARING
    kinds, payer_id = (AccountKind.PREPAY, AccountKind.REFUND_PENDING, holder), refund.payment.payer_id
    prepay, pending, source = (of_user(kind, payer_id) for kind in kinds)
    return prepay, pending, source
