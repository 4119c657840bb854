"""What follows from a notice of the provider's: the thing it is about is asked for and applied as it is now."""

from collections.abc import Callable

from django.db import transaction
from django.db.models import Q

from payments import signals
from payments.gateway import provider
from payments.gateway.values import Notice
from payments.models import Payment, Refund
from payments.services.adding import card_page_changed
from payments.services.cards import refresh_card
from payments.services.disputes import follow_dispute
from payments.services.marking import payment_marked
from payments.services.payouts import leave, sync_account, user_of
from payments.services.refunds import sync_refund
from payments.services.settling import apply_checkout, apply_intent
from payments.services.ways import sync_payment


def act_on(notice: Notice) -> None:
    """Nothing follows from what is none of ours: others may sell through the same account."""
    if notice.subject:
        ACTIONS[notice.subject](notice)


def paid_by(notice: Notice) -> Payment | None:
    """The payment that the notice says was paid."""
    if not notice.is_paid:
        return None
    known = Payment.objects.filter(Q(session_id=notice.id) | Q(payment_intent_id=notice.id))
    return known.first() or payment_marked(notice.marks)


def _checkout(notice: Notice) -> None:
    payment = Payment.objects.filter(session_id=notice.id).first() or _adopted(notice)
    if payment is not None:
        sync_payment(payment=payment)
        return
    payment = payment_marked(notice.marks)
    if payment is not None and notice.is_paid:
        apply_checkout(payment_id=payment.pk, checkout=provider().retrieve_checkout(notice.id))


def _adopted(notice: Notice) -> Payment | None:
    """The process that opened the session died before it could write its id down, or the database is an older copy.

    The session of an attempt that is over is none of this one's.
    """
    payment = payment_marked(notice.marks)
    if payment is None or not _is_of_this_attempt(payment, notice):
        return None
    orphans = Payment.objects.filter(pk=payment.pk, attempt=payment.attempt, session_id=None, card=None)
    if not orphans.exclude(status=Payment.Status.SUCCEEDED).update(session_id=notice.id):
        return None
    payment.session_id = notice.id
    return payment


def _intent(notice: Notice) -> None:
    """The charge of a saved card. What becomes of a session's intent, but for declines, the session's events tell."""
    payment = Payment.objects.filter(payment_intent_id=notice.id, card__isnull=False).first()
    if payment is not None:
        sync_payment(payment=payment)
        return
    payment = payment_marked(notice.marks)
    if payment is None or payment.session_id is not None:
        if notice.decline_code:
            _note_decline(notice)
    elif notice.is_paid:
        apply_intent(payment_id=payment.pk, intent=provider().retrieve_intent(notice.id))


@transaction.atomic
def _note_decline(notice: Notice) -> None:
    """A card was declined on the page of the session that is open."""
    payment = payment_marked(notice.marks)
    if payment is None or not _is_of_this_attempt(payment, notice):
        return
    payment = Payment.objects.select_for_update().get(pk=payment.pk)
    if payment.status != Payment.Status.OPEN or payment.card_id is not None:
        return
    payment.last_decline = notice.decline_code
    payment.save(update_fields=["last_decline"])
    signals.payment_changed.send(Payment, payment=payment)


def _card_page(notice: Notice) -> None:
    card_page_changed(page_id=notice.id, marks=notice.marks)


def _card(notice: Notice) -> None:
    refresh_card(stripe_id=notice.id)


def _refund(notice: Notice) -> None:
    refund = Refund.objects.filter(stripe_id=notice.id).first() or _unwritten(notice)
    if refund is not None:
        sync_refund(refund=refund)


def _unwritten(notice: Notice) -> Refund | None:
    """One whose answer was lost: it is known by the key it was asked for with."""
    payment = payment_marked(notice.marks)
    if payment is None:
        return None
    asked = Refund.objects.filter(ref=payment.ref, status=Refund.Status.REQUESTED).exclude(asked_at=None)
    return next((refund for refund in asked if refund.idempotency_key == notice.marks.get("key")), None)


def _dispute(notice: Notice) -> None:
    follow_dispute(stripe_id=notice.id)


def _account(notice: Notice) -> None:
    """The account, or what it sends to the bank. Deauthorised, it answers nothing any more."""
    account_id = notice.account_id or notice.id
    user_id = user_of(account_id)
    if user_id is None:
        return
    if notice.deauthorised:
        leave(account_id=account_id)
    else:
        sync_account(user_id=user_id)


def _is_of_this_attempt(payment: Payment, notice: Notice) -> bool:
    return str(payment.attempt) == notice.marks.get("attempt", str(payment.attempt))


def _nothing(_: Notice) -> None:
    """Kept, and read by people."""


ACTIONS: dict[str, Callable[[Notice], None]] = {
    "checkout": _checkout,
    "intent": _intent,
    "refund": _refund,
    "card_page": _card_page,
    "card": _card,
    "dispute": _dispute,
    "account": _account,
    "bank_payout": _account,
    "transfer": _nothing,
}
