"""What Stripe says of a payment, written down: the moment the money is ours, or a way to pay that came to nothing."""

import logging

from django.db import transaction
from django.db.models.functions import Now

from payments import signals
from payments.gateway.values import Capture, Checkout, Intent
from payments.models import AccountKind, Payment, TransferKind
from payments.services.cards import save_card
from payments.services.ledger import Posting, of_user, post
from payments.services.locking import lock_payers, lock_payments

log = logging.getLogger(__name__)


@transaction.atomic
def apply_checkout(*, payment_id: int, checkout: Checkout) -> Payment:
    """Money that Stripe took is always written down, once. Else an open payment expires with its own session."""
    payment = _locked(payment_id, checkout.capture)
    if _is_settled(payment, checkout.capture):
        return payment
    if checkout.status == "expired" and checkout.id == payment.session_id and payment.status == Payment.Status.OPEN:
        _expire(payment)
    return payment


@transaction.atomic
def apply_intent(*, payment_id: int, intent: Intent) -> Payment:
    """Money that Stripe took is always written down, once. Else an open payment learns what became of its charge."""
    payment = _locked(payment_id, intent.capture)
    if _is_settled(payment, intent.capture):
        return payment
    if intent.id == payment.payment_intent_id and payment.status == Payment.Status.OPEN:
        if intent.status == "canceled":
            _expire(payment)
        elif intent.status == "requires_payment_method":
            _decline(payment, intent.decline_code)
        elif intent.status != "requires_confirmation":
            _answered(payment)
    return payment


def _locked(payment_id: int, capture: Capture | None) -> Payment:
    # The order before its money: whoever settles an order holds its row and then wants the payer's accounts.
    if capture:
        unpaid = Payment.objects.exclude(status=Payment.Status.SUCCEEDED).filter(pk=payment_id)
        for ref in unpaid.values_list("ref", flat=True):
            signals.money_moving.send(Payment, ref=ref)
            lock_payments(ref)
    return Payment.objects.select_for_update().get(pk=payment_id)


def _is_settled(payment: Payment, capture: Capture | None) -> bool:
    """True when the money is ours, by this capture or an earlier one."""
    is_paid = payment.status == Payment.Status.SUCCEEDED
    if is_paid and capture and capture.charge_id != payment.charge_id:
        log.error("%s was paid twice, by %s and %s", payment, payment.charge_id, capture.charge_id)
    if capture and not is_paid:
        _record_capture(payment, capture)
        signals.payment_settled.send(Payment, payment=payment)
    return is_paid or capture is not None


def _expire(payment: Payment) -> None:
    payment.status, payment.unsure_since = Payment.Status.EXPIRED, None
    payment.save(update_fields=["status", "unsure_since"])
    signals.payment_changed.send(Payment, payment=payment)


def _decline(payment: Payment, code: str) -> None:
    """Told once: a webhook and the answer to the charge say the same."""
    is_news = payment.last_decline != code
    payment.last_decline, payment.unsure_since = code, None
    payment.save(update_fields=["last_decline", "unsure_since"])
    if is_news:
        signals.payment_changed.send(Payment, payment=payment)


def _answered(payment: Payment) -> None:
    payment.unsure_since = None
    payment.save(update_fields=["unsure_since"])


def _record_capture(payment: Payment, capture: Capture) -> None:
    if capture.amount != payment.amount:
        raise ValueError(f"{payment} is over {payment.amount} fen, Stripe took {capture.amount}")
    # What came too late is sent back in this transaction: a second posting, over an account with a lower number.
    lock_payers(payment.ref)
    Payment.objects.filter(pk=payment.pk).update(
        status=Payment.Status.SUCCEEDED,
        payment_intent_id=capture.payment_intent_id,
        charge_id=capture.charge_id,
        method=capture.method,
        last_decline="",
        unsure_since=None,
        succeeded_at=Now(),
    )
    payment.refresh_from_db()
    if capture.card:
        save_card(user_id=payment.payer_id, kept=capture.card)
    _book(payment, capture)


def _book(payment: Payment, capture: Capture) -> None:
    clearing = of_user(AccountKind.STRIPE_CLEARING, payment.payer_id)
    prepay = of_user(AccountKind.PREPAY, payment.payer_id)
    fees = of_user(AccountKind.STRIPE_FEES, payment.payer_id)
    post(
        payment.ref,
        Posting(TransferKind.PAYMENT, clearing, prepay, payment.amount, payment.seq),
        Posting(TransferKind.STRIPE_FEE, fees, clearing, capture.fee, payment.seq),
    )
