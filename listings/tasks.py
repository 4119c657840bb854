"""Doorbells. A tick has no payload; two at once skip each other's rows."""

from celery import shared_task

from listings import services


@shared_task
def sweep_shelf() -> None:
    services.sweep_shelf()
