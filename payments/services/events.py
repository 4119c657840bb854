"""Webhooks: stored under their id when they come, applied by a worker, each as often as it likes."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from common.doorbell import ring_on_commit
from payments import signals
from payments.models import Payment, Refund, StripeEvent
from payments.services.checkout import sync_payment
from payments.services.refunds import sync_refund

LONGEST_WAIT_S = 3600


@transaction.atomic
def store_event(*, event: dict[str, Any]) -> bool:
    """Keeps a verified event; False when it is here already. A worker is woken after commit."""
    row = StripeEvent(id=event["id"], type=event["type"], payload=event)
    known = StripeEvent.objects.filter(pk=row.pk).exists()
    StripeEvent.objects.bulk_create([row], ignore_conflicts=True)
    ring_on_commit("payments.tasks.apply_event", row.pk)
    return not known


def apply_event(*, event_id: str) -> None:
    """Does what the event says, from the object as Stripe has it now; marked done only when that is committed.

    An event that fails keeps its error and is tried again by `payments.tasks.catch_up`, ever more rarely.
    """
    event = StripeEvent.objects.get(pk=event_id)
    if event.processed_at:
        return
    wait = timedelta(seconds=min(2 ** (event.attempts + 1), LONGEST_WAIT_S))
    StripeEvent.objects.filter(pk=event.pk).update(attempts=F("attempts") + 1, due_at=Now() + wait)
    try:
        _apply(event)
    except Exception as error:
        StripeEvent.objects.filter(pk=event.pk).update(error=repr(error)[:1000])
        raise
    StripeEvent.objects.filter(pk=event.pk).update(processed_at=Now(), error="")


def _apply(event: StripeEvent) -> None:
    subject = event.payload["data"]["object"]
    match subject.get("object"):
        case "checkout.session":
            _sync_session(subject["id"], _ref(subject.get("client_reference_id")))
        case "payment_intent" if event.type == "payment_intent.payment_failed":
            _note_decline(subject)
        case "refund":
            _sync_refund(subject["id"])


def _ref(text: object) -> UUID | None:
    """None for what is not ours: others may sell through the same Stripe account."""
    try:
        return UUID(str(text))
    except ValueError:
        return None


def _sync_session(session_id: str, ref: UUID | None) -> None:
    payment = Payment.objects.filter(session_id=session_id).first()
    if payment is None and ref:
        payment = _adopt(session_id, ref)
    if payment is not None:
        sync_payment(payment=payment)


def _adopt(session_id: str, ref: UUID) -> Payment | None:
    """The process that opened the session died before it could write its id down, or the database is an older copy."""
    orphans = Payment.objects.filter(ref=ref, session_id=None)
    payment = orphans.exclude(status=Payment.Status.SUCCEEDED).first()
    if payment is None or not orphans.filter(pk=payment.pk).update(session_id=session_id):
        return None
    payment.session_id = session_id
    return payment


@transaction.atomic
def _note_decline(intent: dict[str, Any]) -> None:
    ref = _ref((intent.get("metadata") or {}).get("ref"))
    payment = Payment.objects.select_for_update().filter(ref=ref, status=Payment.Status.OPEN).last() if ref else None
    if payment is None:
        return
    error = intent.get("last_payment_error") or {}
    payment.last_decline = error.get("decline_code") or error.get("code") or "declined"
    payment.save(update_fields=["last_decline"])
    signals.payment_changed.send(Payment, payment=payment)


def _sync_refund(stripe_id: str) -> None:
    refund = Refund.objects.filter(stripe_id=stripe_id).first()
    if refund is not None:
        sync_refund(refund=refund)
