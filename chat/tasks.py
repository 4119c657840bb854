"""A doorbell without a payload: a late or doubled one changes nothing."""

from celery import shared_task

from chat.services import pictures


@shared_task
def forget_unsent() -> None:
    """Pictures that were uploaded and never sent."""
    pictures.forget_unsent()
