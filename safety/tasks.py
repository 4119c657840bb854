"""Doorbells. A tick has no payload; two at once share the work by skipping each other's rows."""

from celery import shared_task

from safety import services


@shared_task
def look() -> None:
    services.look()


@shared_task
def forget() -> None:
    services.forget()
