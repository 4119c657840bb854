"""Doorbells. Rows are the queue of record; `catch_up` finds what no bell rang for."""

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta

from celery import shared_task
from django.db.models import QuerySet
from django.utils import timezone

from payments import services
from payments.models import Payment, Refund, StripeEvent

log = logging.getLogger(__name__)
BATCH = 100
SETTLING_TIME = timedelta(seconds=3)
# A payment whose webhook never came: asked about now and then, while its session can still be open.
QUIET_PAYMENT = timedelta(minutes=2)
QUIET_REFUND = timedelta(minutes=10)


@shared_task
def apply_event(event_id: str) -> None:
    services.apply_event(event_id=event_id)


@shared_task
def send_refund(refund_id: int) -> None:
    services.send_refund(refund_id=refund_id)


@shared_task
def close_checkout(payment_id: int) -> None:
    services.close_checkout(payment=Payment.objects.get(pk=payment_id))


@shared_task
def catch_up() -> None:
    """Picks up waiting events and refunds whose task was lost, and asks Stripe about what has been quiet too long."""
    settled = timezone.now() - SETTLING_TIME
    waiting = StripeEvent.objects.filter(processed_at=None, received_at__lt=settled).order_by("received_at")
    _each(lambda pk: services.apply_event(event_id=pk), _ids(waiting))
    requested = Refund.objects.filter(status=Refund.Status.REQUESTED, requested_at__lt=settled).order_by("requested_at")
    _each(lambda pk: services.send_refund(refund_id=pk), _ids(requested))


@shared_task
def ask_stripe() -> None:
    """Asks about open payments and pending refunds that no webhook spoke of."""
    now = timezone.now()
    payments = Payment.objects.filter(status="open", session_id__isnull=False, created_at__lt=now - QUIET_PAYMENT)
    _each(lambda pk: services.sync_payment(payment=Payment.objects.get(pk=pk)), _ids(payments.order_by("created_at")))
    refunds = Refund.objects.filter(status=Refund.Status.PENDING, changed_at__lt=now - QUIET_REFUND)
    _each(lambda pk: services.sync_refund(refund=Refund.objects.get(pk=pk)), _ids(refunds.order_by("changed_at")))


def _ids(rows: QuerySet) -> list:
    return list(rows.values_list("pk", flat=True)[:BATCH])


def _each(job: Callable, keys: Iterable) -> None:
    """Does the job for each key; one that fails is logged and does not keep the others waiting."""
    for key in keys:
        try:
            job(key)
        except Exception:
            log.exception("left for the next round: %s", key)
