"""Webhooks: stored under their id when they come, applied by a worker, each as often as it likes."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from common.doorbell import ring_on_commit
from payments.gateway import provider
from payments.gateway.values import Happening
from payments.models import Payment, StripeEvent
from payments.services import hearing

LONGEST_WAIT_S = 3600


@transaction.atomic
def store_event(*, happening: Happening) -> bool:
    """Keeps a verified event; False when it is here already. A worker is woken after commit."""
    row = StripeEvent(id=happening.id, type=happening.type, payload=happening.payload)
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
        hearing.act_on(provider().notice(event.payload))
    except Exception as error:
        StripeEvent.objects.filter(pk=event.pk).update(error=repr(error)[:1000])
        raise
    StripeEvent.objects.filter(pk=event.pk).update(processed_at=Now(), error="")


def captures_waiting(*, before: datetime) -> Iterator[tuple[Payment, StripeEvent]]:
    """Payments that are not written down as paid though an event says so that came before then and still waits; the
    event that was tried most often comes last."""
    waiting = StripeEvent.objects.filter(processed_at=None, received_at__lt=before)
    for event in waiting.order_by("attempts", "received_at"):
        payment = hearing.paid_by(provider().notice(event.payload))
        if payment is not None and payment.status != Payment.Status.SUCCEEDED:
            yield payment, event
