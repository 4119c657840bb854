"""Doorbells. Letters that no bell rang for are found by `send_letters`."""

from celery import shared_task

from accounts import services

BATCH = 50


@shared_task
def send_letter(letter_id: int) -> None:
    services.send_letter(letter_id=letter_id)


@shared_task
def send_letters() -> None:
    for letter_id in list(services.unsent_letters().values_list("pk", flat=True)[:BATCH]):
        services.send_letter(letter_id=letter_id)


@shared_task
def forget_words() -> None:
    services.forget_words()
