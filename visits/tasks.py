from celery import shared_task

from visits import services


@shared_task
def erase_due() -> None:
    """What was told of anybody's health is kept no longer than was said."""
    services.erase_due()
