"""Doorbells. A tick has no payload; two at once share the work by skipping each other's rows."""

from celery import shared_task

from bookings import services


@shared_task
def sweep() -> None:
    services.tick()


@shared_task
def tell_watchers() -> None:
    services.tell_watchers()


@shared_task
def measure() -> None:
    services.measure_changed()


@shared_task
def show_reviews() -> None:
    services.show_due()
