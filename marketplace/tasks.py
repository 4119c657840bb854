"""The worker's own pulse. Business tasks live in their apps."""

from celery import shared_task

from marketplace.pulse import beat


@shared_task
def heartbeat() -> None:
    beat()
