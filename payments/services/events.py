"""Webhooks: stored under their id when they come, applied by a worker, each as often as it likes."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from common.doorbell import ring_on_commit
from payments import gateway, signals
from payments.models import Payment, Refund, StripeEvent
from payments.services.refunds import sync_refund
from payments.services.settling import apply_checkout, apply_intent
from payments.services.ways import sync_payment

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


def captures_waiting(*, before: datetime) -> Iterator[tuple[Payment, StripeEvent]]:
    """Payments that are not written down as paid though an event says so that came before then and still waits; the
    event that was tried most often comes last."""
    waiting = StripeEvent.objects.filter(processed_at=None, received_at__lt=before)
    for event in waiting.order_by("attempts", "received_at"):
        subject = event.payload.get("data", {}).get("object", {})
        payment = _paid_by(subject)
        if payment is not None and payment.status != Payment.Status.SUCCEEDED:
            yield payment, event


def _paid_by(subject: dict[str, Any]) -> Payment | None:
    is_charge = subject.get("object") == "payment_intent" and subject.get("status") == "succeeded"
    if not is_charge and subject.get("payment_status") != "paid":
        return None
    known = Payment.objects.filter(Q(session_id=subject.get("id")) | Q(payment_intent_id=subject.get("id")))
    return known.first() or _marked(subject, subject.get("client_reference_id"))


def _apply(event: StripeEvent) -> None:
    subject = event.payload["data"]["object"]
    match subject.get("object"):
        case "checkout.session":
            _sync_session(subject)
        case "payment_intent":
            _sync_intent(event.type, subject)
        case "refund":
            _sync_refund(subject["id"])


def _sync_session(session: dict[str, Any]) -> None:
    payment = Payment.objects.filter(session_id=session["id"]).first() or _adopted(session)
    if payment is not None:
        sync_payment(payment=payment)
        return
    payment = _marked(session, session.get("client_reference_id"))
    if payment is not None and session.get("payment_status") == "paid":
        apply_checkout(payment_id=payment.pk, checkout=gateway.retrieve_checkout(session["id"]))


def _adopted(session: dict[str, Any]) -> Payment | None:
    """The process that opened the session died before it could write its id down, or the database is an older copy.

    The session of an attempt that is over is none of this one's.
    """
    payment = _marked(session, session.get("client_reference_id"))
    if payment is None or str(payment.attempt) != _marks(session).get("attempt", str(payment.attempt)):
        return None
    orphans = Payment.objects.filter(pk=payment.pk, attempt=payment.attempt, session_id=None, card=None)
    if not orphans.exclude(status=Payment.Status.SUCCEEDED).update(session_id=session["id"]):
        return None
    payment.session_id = session["id"]
    return payment


def _sync_intent(event_type: str, intent: dict[str, Any]) -> None:
    """The charge of a saved card. What becomes of a session's intent, but for declines, the session's events tell."""
    payment = Payment.objects.filter(payment_intent_id=intent["id"], card__isnull=False).first()
    if payment is not None:
        sync_payment(payment=payment)
        return
    payment = _marked(intent)
    if payment is None or payment.session_id is not None:
        if event_type == "payment_intent.payment_failed":
            _note_decline(intent)
    elif event_type == "payment_intent.succeeded":
        apply_intent(payment_id=payment.pk, intent=gateway.retrieve_intent(intent["id"]))


@transaction.atomic
def _note_decline(intent: dict[str, Any]) -> None:
    """A card was declined on the page of the session that is open."""
    payment = _marked(intent)
    if payment is None or _marks(intent).get("attempt", str(payment.attempt)) != str(payment.attempt):
        return
    payment = Payment.objects.select_for_update().get(pk=payment.pk)
    if payment.status != Payment.Status.OPEN or payment.card_id is not None:
        return
    error = intent.get("last_payment_error") or {}
    payment.last_decline = error.get("decline_code") or error.get("code") or "declined"
    payment.save(update_fields=["last_decline"])
    signals.payment_changed.send(Payment, payment=payment)


def _marked(subject: dict[str, Any], ref: object = None) -> Payment | None:
    """The payment that the object was made for, by what it was marked with; None for what is not ours: others may
    sell through the same Stripe account."""
    marks = _marks(subject)
    try:
        payments = Payment.objects.of(UUID(str(marks.get("ref") or ref)))
        return payments.get(seq=int(marks["seq"])) if "seq" in marks else payments.last()
    except (ValueError, Payment.DoesNotExist):
        return None


def _marks(subject: dict[str, Any]) -> dict[str, str]:
    return subject.get("metadata") or {}


def _sync_refund(stripe_id: str) -> None:
    refund = Refund.objects.filter(stripe_id=stripe_id).first()
    if refund is not None:
        sync_refund(refund=refund)
