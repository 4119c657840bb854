"""Doorbells. Rows are the queue of record; a tick has no payload, and two at once skip each other's rows."""

from celery import shared_task

from listings import services
from listings.services import telling


@shared_task
def sweep_shelf() -> None:
    services.sweep_shelf()


@shared_task
def mail_watcher(watch_id: int) -> None:
    telling.mail_watcher(watch_id=watch_id)


@shared_task
def mail_waiting() -> None:
    telling.mail_waiting()
