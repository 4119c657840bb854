"""Doorbells. Rows are the queue of record; `mail_waiting` finds what no bell rang for."""

from celery import shared_task

from listings.services import telling


@shared_task
def mail_watcher(watch_id: int) -> None:
    telling.mail_watcher(watch_id=watch_id)


@shared_task
def mail_waiting() -> None:
    telling.mail_waiting()
