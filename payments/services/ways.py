"""The one way by which a payment can be paid at this moment: what became of it, and how it is closed."""

import time
from datetime import timedelta
from uuid import UUID

from django.db.models.functions import Now
from django.utils import timezone

from common.doorbell import ring_on_commit
from payments.errors import PaymentUnderWay
from payments.gateway import provider
from payments.gateway.values import Intent
from payments.models import Abandonment, Payment, SavedCard
from payments.services.settling import apply_checkout, apply_intent

# The SDK asks three times and waits 20 s each: a charge that Stripe was asked for longer ago is on its way no more.
LONGEST_CALL = timedelta(minutes=2)


def is_charging(payment: Payment) -> bool:
    """A saved card is being charged, or was declined and could still be."""
    return payment.status == Payment.Status.OPEN and payment.card_id is not None


def new_attempt(payment: Payment, *, expires_s: int, card: SavedCard | None = None, return_url: str = "") -> None:
    """Begins another way, with keys of its own. The caller holds the payment's lock and has closed the way before."""
    payment.status, payment.attempt, payment.expires_s = Payment.Status.OPEN, payment.attempt + 1, expires_s
    payment.session_id, payment.session_url, payment.payment_intent_id = None, "", None
    payment.card, payment.return_url, payment.unsure_since = card, return_url, None
    changed = ["status", "attempt", "expires_s", "session_id", "session_url", "payment_intent_id"]
    payment.save(update_fields=[*changed, "card", "return_url", "unsure_since"])


def sync_payment(*, payment: Payment) -> Payment:
    """Asks Stripe how the payment stands and applies it. The webhook and the return page both come here.

    A charge that never reached Stripe, or waits for its payer longer than a session would, is cancelled.
    """
    payment = Payment.objects.get(pk=payment.pk)
    if payment.status == Payment.Status.SUCCEEDED:
        return payment
    Payment.objects.filter(pk=payment.pk).update(asked_at=Now())
    if payment.session_id:
        return apply_checkout(payment_id=payment.pk, checkout=provider().retrieve_checkout(payment.session_id))
    if payment.card_id and payment.payment_intent_id:
        intent = provider().retrieve_intent(payment.payment_intent_id)
        if _is_given_up(payment, intent):
            intent = provider().cancel_intent(intent.id)
        return apply_intent(payment_id=payment.pk, intent=intent)
    return _drop(payment) if is_charging(payment) and payment.expires_s < time.time() else payment


def abandon(*, ref: UUID) -> None:
    """The order no longer wants money, and no new way to pay is opened from now on. In the caller's transaction.

    What nobody can pay yet is closed here; open sessions and charges are closed by a worker after commit.
    """
    Abandonment.objects.bulk_create([Abandonment(ref=ref)], ignore_conflicts=True)
    waiting = Payment.objects.filter(ref=ref, status=Payment.Status.OPEN)
    waiting.filter(session_id=None, payment_intent_id=None).update(status=Payment.Status.EXPIRED)
    for payment in waiting.payable():
        ring_on_commit("payments.tasks.close_checkout", payment.pk)


def withdraw(*, ref: UUID, seq: int) -> None:
    """One payment of an order that goes on is not wanted any more: a worker closes what is open of it after commit.

    Changes no payment's row. Money that comes all the same is told by `payment_settled` like any other.
    """
    payment = Payment.objects.payable().filter(ref=ref, seq=seq).first()
    if payment is not None:
        ring_on_commit("payments.tasks.close_checkout", payment.pk)


def close_checkout(*, payment: Payment) -> Payment:
    """Closes the session or the charge that is open; a payment that won the race is applied."""
    Payment.objects.filter(pk=payment.pk).update(asked_at=Now())
    if payment.session_id:
        return apply_checkout(payment_id=payment.pk, checkout=provider().expire_checkout(payment.session_id))
    if payment.card_id and payment.payment_intent_id:
        return apply_intent(payment_id=payment.pk, intent=provider().cancel_intent(payment.payment_intent_id))
    return _drop(payment) if is_charging(payment) else payment


def close_way(*, payment: Payment) -> Payment:
    """Closes it to make room for another way, or finds that it has succeeded.

    Raises PaymentUnderWay when it can be neither: Stripe is just working on it.
    """
    attempt = payment.attempt
    payment = close_checkout(payment=payment)
    if payment.status == Payment.Status.OPEN and payment.attempt == attempt:
        raise PaymentUnderWay
    return payment


def _drop(payment: Payment) -> Payment:
    """Nothing can have been charged: a charge is only made once its id is written down, and now it cannot be."""
    mine = Payment.objects.filter(pk=payment.pk, attempt=payment.attempt, payment_intent_id=None)
    mine.filter(status=Payment.Status.OPEN).update(status=Payment.Status.EXPIRED)
    payment.refresh_from_db()
    return payment


def _is_given_up(payment: Payment, intent: Intent) -> bool:
    asked = payment.unsure_since
    never_came = intent.status == "requires_confirmation" and asked and asked < timezone.now() - LONGEST_CALL
    waits = intent.status in ("requires_payment_method", "requires_confirmation", "requires_action")
    return bool(never_came) or (waits and payment.expires_s < time.time())
