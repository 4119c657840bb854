"""Prepaying: a Payment row, a Checkout Session for it, and the moment the money is ours."""

import time
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now

from accounts.models import User
from common.doorbell import ring_on_commit
from payments import gateway, signals
from payments.errors import KeyTaken, PaymentClosed, ProviderUnavailable
from payments.gateway import Capture, Checkout
from payments.models import Abandonment, AccountKind, Payment, Refund, TransferKind
from payments.services.ledger import Posting, account, of_user, open_payer_accounts, post

# Stripe wants at least 30 minutes between its own clock and expires_at; the order itself expires after 30.
SHORTEST_SESSION_S = 30 * 60
SESSION_LIFETIME_S = 31 * 60


@dataclass(frozen=True, slots=True)
class Money:
    """The payments of one reference and its refunds, oldest first."""

    payments: tuple[Payment, ...]
    refunds: tuple[Refund, ...]

    @property
    def refunded(self) -> int:
        """Fen that are back or on their way."""
        return sum(refund.amount for refund in self.refunds if refund.status != Refund.Status.FAILED)


def open_payment(*, payer: User, ref: UUID, amount: int, description: str) -> Payment:
    """Writes down that `amount` fen are to be paid for `ref`. The caller holds the order's lock."""
    open_payer_accounts(payer.pk)
    last = Payment.objects.filter(ref=ref).aggregate(last=Max("seq"))["last"] or 0
    return Payment.objects.create(ref=ref, seq=last + 1, payer=payer, amount=amount, description=description)


def money_of(*, ref: UUID) -> Money:
    """What was paid for the reference and what went back."""
    return Money(tuple(Payment.objects.of(ref)), tuple(Refund.objects.filter(ref=ref).order_by("seq")))


def checkout_url(*, payment: Payment, success_url: str, cancel_url: str) -> str:
    """Where the payer pays. Asked twice, the same session answers; once it expired, a new one is opened.

    Call it outside any transaction: Stripe is asked here.
    Raises PaymentClosed when it is paid or its order was abandoned, ProviderUnavailable when Stripe does not answer.
    """
    payment = _ready(payment_id=payment.pk)
    if payment.session_id is None:
        try:
            checkout = _open_session(payment, success_url, cancel_url)
        except KeyTaken:
            # The payer's e-mail or the site's address is another one than a moment ago.
            _retire_key(payment)
            payment = _ready(payment_id=payment.pk)
            checkout = _open_session(payment, success_url, cancel_url)
        payment = _keep(payment, checkout)
    return payment.session_url


@transaction.atomic
def _ready(*, payment_id: int) -> Payment:
    """Fixes what Stripe will be asked before it is asked: one attempt is one key and one moment of expiry."""
    payment = Payment.objects.select_for_update(of=("self",)).select_related("payer").get(pk=payment_id)
    if payment.status == Payment.Status.SUCCEEDED or Abandonment.objects.filter(ref=payment.ref).exists():
        raise PaymentClosed
    # Too near the shortest, Stripe would refuse it now; a session that it made before is known to nobody.
    is_stale = payment.session_id is None and payment.expires_s < time.time() + SHORTEST_SESSION_S
    if payment.status == Payment.Status.EXPIRED or is_stale:
        payment.status, payment.attempt = Payment.Status.OPEN, payment.attempt + 1
        payment.session_id, payment.session_url = None, ""
        payment.expires_s = int(time.time()) + SESSION_LIFETIME_S
        payment.save(update_fields=["status", "attempt", "session_id", "session_url", "expires_s"])
    return payment


def _open_session(payment: Payment, success_url: str, cancel_url: str) -> Checkout:
    return gateway.create_checkout(
        amount=payment.amount,
        description=payment.description,
        ref=str(payment.ref),
        success_url=success_url,
        cancel_url=cancel_url,
        expires_at=payment.expires_s,
        email=payment.payer.email,
        key=payment.idempotency_key,
    )


def _retire_key(payment: Payment) -> None:
    Payment.objects.filter(pk=payment.pk, attempt=payment.attempt, session_id=None).update(expires_s=0)


def _keep(payment: Payment, checkout: Checkout) -> Payment:
    """Writes the session down; only one that is written down is ever shown to the payer.

    Raises PaymentClosed when the order was abandoned meanwhile, ProviderUnavailable when a rival is at a new attempt.
    """
    mine = Payment.objects.filter(pk=payment.pk, attempt=payment.attempt, status=Payment.Status.OPEN, session_id=None)
    mine.update(session_id=checkout.id, session_url=checkout.url)
    payment.refresh_from_db()
    if payment.status != Payment.Status.OPEN:
        raise PaymentClosed
    if payment.session_id is None:
        raise ProviderUnavailable
    return payment


def sync_payment(*, payment: Payment) -> Payment:
    """Asks Stripe how the payment stands and applies it. The webhook and the return page both come here."""
    if payment.session_id is None:
        return payment
    Payment.objects.filter(pk=payment.pk).update(asked_at=Now())
    return apply_checkout(payment_id=payment.pk, checkout=gateway.retrieve_checkout(payment.session_id))


def abandon(*, ref: UUID) -> None:
    """The order no longer wants money, and `checkout_url` refuses from now on. In the caller's transaction.

    What nobody can pay yet is closed here; open sessions are closed by a worker after commit.
    """
    Abandonment.objects.bulk_create([Abandonment(ref=ref)], ignore_conflicts=True)
    waiting = Payment.objects.filter(ref=ref, status=Payment.Status.OPEN)
    waiting.filter(session_id=None).update(status=Payment.Status.EXPIRED)
    for payment in waiting.payable():
        ring_on_commit("payments.tasks.close_checkout", payment.pk)


def withdraw(*, ref: UUID, seq: int) -> None:
    """One payment of an order that goes on is not wanted any more: a worker closes its session after commit.

    Touches no payment's row, as the caller holds the order's lock (see Abandonment). Money that comes all the same is
    told by `payment_settled` like any other.
    """
    payment = Payment.objects.filter(ref=ref, seq=seq, status=Payment.Status.OPEN).first()
    if payment is not None:
        ring_on_commit("payments.tasks.close_checkout", payment.pk)


def close_checkout(*, payment: Payment) -> Payment:
    """Closes the session of an order that no longer wants money; a payment that won the race is applied."""
    if payment.session_id is None:
        return payment
    Payment.objects.filter(pk=payment.pk).update(asked_at=Now())
    gateway.expire_checkout(payment.session_id)
    return sync_payment(payment=payment)


@transaction.atomic
def apply_checkout(*, payment_id: int, checkout: Checkout) -> Payment:
    """Money that Stripe took is always written down, once. Else an open payment expires with its own session."""
    payment = Payment.objects.select_for_update().get(pk=payment_id)
    if payment.status == Payment.Status.SUCCEEDED:
        return payment
    if checkout.capture:
        _record_capture(payment, checkout.capture)
        signals.payment_settled.send(Payment, payment=payment)
    elif checkout.status == "expired" and checkout.id == payment.session_id and payment.status == Payment.Status.OPEN:
        payment.status = Payment.Status.EXPIRED
        payment.save(update_fields=["status"])
        signals.payment_changed.send(Payment, payment=payment)
    return payment


def _record_capture(payment: Payment, capture: Capture) -> None:
    if capture.amount != payment.amount:
        raise ValueError(f"{payment} is over {payment.amount} fen, Stripe took {capture.amount}")
    Payment.objects.filter(pk=payment.pk).update(
        status=Payment.Status.SUCCEEDED,
        payment_intent_id=capture.payment_intent_id,
        charge_id=capture.charge_id,
        method=capture.method,
        last_decline="",
        succeeded_at=Now(),
    )
    payment.refresh_from_db()
    clearing = account(AccountKind.STRIPE_CLEARING)
    prepay = of_user(AccountKind.PREPAY, payment.payer_id)
    fees = account(AccountKind.STRIPE_FEES)
    post(
        payment.ref,
        Posting(TransferKind.PAYMENT, clearing, prepay, payment.amount, payment.seq),
        Posting(TransferKind.STRIPE_FEE, fees, clearing, capture.fee, payment.seq),
    )
