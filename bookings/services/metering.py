"""The sweep and the announcing of steps. A tick carries nothing: late, lost and doubled ticks give the same bill."""

import logging
from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.db import transaction

from bookings.models import Step
from bookings.services.locking import meter
from bookings.signals import booking_stepped
from common.patience import be_impatient

log = logging.getLogger(__name__)
LIMIT = 5000


def sweep(*, now_ms: int | None = None, limit: int = LIMIT, may_post: Callable[[], bool] = lambda: True) -> int:
    """Meters everything that is due and announces what changed; returns how many bookings were handled.

    `may_post` is asked before each batch: a long sweep outlives the answer. `now_ms` is for tests.
    """
    handled = 0
    while True:
        batch = meter(limit=limit, now_ms=now_ms, posts=may_post())
        handled += batch
        if batch < limit:
            break
    announce_waiting()
    return handled


def announce_waiting() -> None:
    """Tells about every booking with steps that nobody has told yet, each in a transaction of its own."""
    waiting = Step.objects.filter(told=False).order_by("booking").values_list("booking", flat=True).distinct()
    for booking_id in list(waiting):
        _contained(partial(_tell_at_once, booking_id), booking_id)


def announce(*, only: UUID) -> None:
    """Tells the apps above about the booking's untold steps, oldest first.

    Telling and marking are one transaction, and a rival waits for it: exactly once, in order. A receiver that fails
    is logged and undoes neither what the caller did nor anybody else's telling; the next sweep tells again.
    """
    _contained(partial(_tell, only), only)


def _contained(tell: Callable[[], None], booking_id: UUID) -> None:
    try:
        with transaction.atomic():
            tell()
    except Exception:
        log.exception("the steps of booking %s wait for the next sweep", booking_id)


def _tell_at_once(booking_id: UUID) -> None:
    """All other tellings wait behind this one."""
    be_impatient()
    _tell(booking_id)


def _tell(booking_id: UUID) -> None:
    untold = Step.objects.select_for_update(of=("self",)).filter(told=False, booking=booking_id)
    steps = list(untold.select_related("booking", "booking__terms").order_by("id"))
    for step in steps:
        booking_stepped.send(Step, booking=step.booking, step=step)
    Step.objects.filter(pk__in=[step.pk for step in steps]).update(told=True)
