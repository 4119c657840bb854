"""Doorbells. Rows are the queue of record; a tick has no payload, and two at once skip each other's rows."""

from celery import shared_task

from listings import services


@shared_task
def sweep_shelf() -> None:
    services.sweep_shelf()


@shared_task
def clear_watches() -> None:
    services.clear_watches()
