"""Waking a worker. The row is the queue of record; a bell that nobody hears is made up for by the catch-up task."""

from celery import current_app
from django.db import transaction


def ring_on_commit(task: str, *ids: object) -> None:
    """Sends the task by its registered name once the transaction is durable; an unreachable broker is only logged."""
    transaction.on_commit(lambda: current_app.send_task(task, args=ids, retry=False), robust=True)
