"""The sweep and the announcing of steps. A tick carries nothing: late, lost and doubled ticks give the same bill."""

import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

from django.db import transaction

from bookings.models import Step
from bookings.services.locking import due, meter
from bookings.services.rounds import PAGE, Rounds
from bookings.signals import booking_stepped
from common.patience import be_impatient

log = logging.getLogger(__name__)
LIMIT = 5000
# Each that fails may cost a tenth of a second of waiting, and the next tick's cut-offs wait behind all of them.
PARTS_S = 1.0


def sweep(*, now_ms: int | None = None, limit: int = LIMIT, may_post: Callable[[], bool] = lambda: True) -> int:
    """Meters everything that is due and announces what changed; returns how many bookings were handled.

    `may_post` is asked before each batch: a long sweep outlives the answer. `now_ms` is for tests.
    """
    handled = 0
    while True:
        batch = _batch(limit, now_ms, may_post())
        handled += batch
        if batch < limit:
            break
    announce_waiting()
    return handled


def _batch(limit: int, now_ms: int | None, posts: bool) -> int:
    """One batch, in parts where it does not go as a whole; returns how many bookings had their turn."""
    handled = meter(limit=limit, now_ms=now_ms, posts=posts)
    if handled is not None:
        return handled
    # What is in the way of money is in no clock's way: those stop before it is looked for.
    stopped = _batch(limit, now_ms, posts=False) if posts else 0
    ids = due(limit=limit, now_ms=now_ms, posts=posts)
    return stopped + _in_parts(ids, partial(meter, limit=limit, now_ms=now_ms, posts=posts))


def _in_parts(ids: Sequence[UUID], meter_them: Callable[..., int | None]) -> int:
    """Each part that goes is committed: those that do not are found in a few steps, and keep nobody waiting.

    Returns how many had their turn in PARTS_S, one at least. The rest is due in the next sweep, before what was set
    aside in this one: all have their turn, also when everything fails.
    """
    ends, waiting, reached = time.monotonic() + PARTS_S, _halves(ids), 0
    while waiting and not (reached and time.monotonic() > ends):
        part = waiting.pop()
        if meter_them(only=part) is None and len(part) > 1:
            waiting += _halves(part)
        else:
            reached += len(part)
    return reached


def _halves(ids: Sequence[UUID]) -> list[Sequence[UUID]]:
    """Those with something in them, the first one last."""
    middle = len(ids) // 2
    return [part for part in (ids[middle:], ids[:middle]) if part]


# A step that nobody has told yet, and of which booking.
untold: Rounds[tuple[int, UUID]] = Rounds()


def announce_waiting() -> None:
    """Tells about each booking with steps that nobody has told yet, oldest first, each in a transaction of its own; for
    a while, and the next sweep goes on."""
    told: set[UUID] = set()
    for _, booking_id in untold.through(_page):
        if booking_id not in told:
            told.add(booking_id)
            _contained(partial(_tell_unless_told, booking_id), booking_id)


def _page(after: tuple[int, UUID] | None) -> list[tuple[int, UUID]]:
    steps = Step.objects.filter(told=False, id__gt=after[0] if after else 0).order_by("id")
    return list(steps.values_list("id", "booking")[:PAGE])


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


def _tell_unless_told(booking_id: UUID) -> None:
    """All other tellings wait behind this one, so it waits for nobody, and leaves alone what another sweep tells."""
    be_impatient()
    _tell(booking_id, skip_locked=True)


def _tell(booking_id: UUID, *, skip_locked: bool = False) -> None:
    waiting = Step.objects.filter(told=False, booking=booking_id).order_by("id")
    locked = waiting.select_for_update(of=("self",), skip_locked=skip_locked)
    steps = list(locked.select_related("booking", "booking__terms", "move"))
    if steps and steps[0].pk != waiting.values_list("pk", flat=True)[0]:
        # Somebody tells what comes before.
        return
    for step in steps:
        booking_stepped.send(Step, booking=step.booking, step=step)
    Step.objects.filter(pk__in=[step.pk for step in steps]).update(told=True)
