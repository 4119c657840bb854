"""The plain design, for comparison: each minute of each session is a Celery task that locks, computes and saves.

It has the same tables, constraints, triggers and workers; one task rings for each session.
"""

from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.db import transaction

from bookings.models import Booking, State
from bookings.services.price import counted_min, price_between
from common.clock import MS_PER_MINUTE, database_now_ms
from payments.models import Transfer, TransferKind

QUEUE = "naive"


@shared_task(name="bench.meter.naive.minute")
def minute(booking_id: str) -> None:
    with transaction.atomic():
        booking = Booking.objects.select_for_update(of=("self",)).select_related("terms").get(pk=booking_id)
        if booking.state == State.LIVE:
            _bill(booking, database_now_ms())


def _bill(booking: Booking, now_ms: int) -> None:
    served = booking.closed_ms + now_ms - settings.POSTING_LAG_MS - booking.live_since_ms
    minutes = counted_min(booking.terms, served_ms=served, granted_ms=booking.granted_ms)
    charge = price_between(booking.terms, booking.billed_min, minutes)
    if charge <= 0:
        return
    Transfer.objects.create(
        kind=TransferKind.MINUTE,
        ref=booking.pk,
        seq=booking.billed_min,
        upto=minutes,
        debit_id=booking.hold_account_id,
        credit_id=booking.earned_account_id,
        amount=charge,
    )
    booking.billed_min = minutes
    next_ms = booking.live_since_ms - booking.closed_ms + (minutes + 1) * MS_PER_MINUTE + settings.POSTING_LAG_MS
    booking.due_ms = min(booking.deadline_ms, next_ms)
    booking.save()


def ring(ids: list[UUID]) -> None:
    for booking_id in ids:
        minute.apply_async([str(booking_id)], queue=QUEUE)
