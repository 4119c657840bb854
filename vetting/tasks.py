"""Doorbells. Rows are the queue of record; `catch_up` finds what no bell rang for, and what time alone brings."""

import logging
from collections.abc import Callable

from celery import shared_task

from vetting import services

log = logging.getLogger(__name__)
BATCH = 50


@shared_task
def ask_verifier(check_id: int) -> None:
    services.ask_verifier(check_id=check_id)


@shared_task
def catch_up() -> None:
    """Unasked verifiers, certificates that end, photos nobody handed in: each told or done once."""
    _attempt(services.tell_of_expiry)
    _attempt(services.erase_abandoned)
    for check_id in list(services.checks_to_ask().values_list("pk", flat=True)[:BATCH]):
        _attempt(services.ask_verifier, check_id=check_id)


def _attempt(job: Callable[..., object], **arguments: int) -> None:
    """One that fails keeps no other from its turn."""
    try:
        job(**arguments)
    except Exception:
        log.exception("left for a later round: %s %s", job.__name__, arguments or "")
