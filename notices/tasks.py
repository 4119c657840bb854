"""Doorbells. A tick has no payload; what no bell rang for is found by `look`."""

from uuid import UUID

from celery import shared_task

from notices import services


@shared_task
def look() -> None:
    services.write_notices()
    services.tell_due()


@shared_task
def tell_of_order(booking_id: UUID | str) -> None:
    services.tell_of_order(booking_id=UUID(str(booking_id)))


@shared_task
def forget() -> None:
    services.forget()
