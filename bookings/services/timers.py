"""What time does to a booking outside the meter: payment and acceptance expire, nobody shows up, the end is settled."""

import logging
import time
from collections.abc import Callable, Iterator
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from bookings.models import UNSETTLED, Booking, State, Timer
from bookings.services import presence
from bookings.services.cancelling import is_missed
from bookings.services.extending import close_extensions
from bookings.services.lifecycle import close, miss
from bookings.services.metering import announce, sweep
from bookings.services.price import counted_min, price_between
from bookings.services.times import begin_by
from bookings.signals import chat_opened
from common.clock import database_now_ms
from common.patience import be_impatient
from common.presence import PresenceUnknown, is_silent
from listings import services as listings
from payments import services as payments

log = logging.getLogger(__name__)
LIMIT = 200
# After so long a round begins nothing more: the next tick's meter waits for it.
ROUND_S = 2
# When a booking is due, and which it is.
Place = tuple[int, UUID]


def tick() -> int:
    """All that time does by now, the meter's and the rest; returns how many bookings were handled.

    Who was away comes first: what the meter posts and what is settled is not taken back.
    """
    noticed, is_looked_at = _notice()
    try:
        handled = sweep(may_post=is_looked_at)
    finally:
        # What expires and what is settled does not wait for a meter that failed.
        moved = run_due(may_settle=is_looked_at)
    return noticed + handled + moved


def _notice() -> tuple[int, Callable[[], bool]]:
    """How many moved, and how to ask whether money may move as well."""
    try:
        return presence.notice(), presence.is_looked_at
    except PresenceUnknown:
        # Asked before each batch, a Redis that does not answer would keep the meter waiting.
        return 0, is_silent
    except Exception:
        log.exception("who is away is looked at again in the next round")
        return 0, presence.is_looked_at


def run_due(*, now_ms: int | None = None, may_settle: Callable[[], bool] = lambda: True) -> int:
    """Handles every booking whose timer has run out and that is not the meter's; returns how many moved.

    One that fails is logged and does not keep the others waiting. `now_ms` is for tests.
    """
    now = database_now_ms() if now_ms is None else now_ms
    return sum(_contained(pk, now) for pk in rounds.due(now, may_settle))


class Rounds:
    """Goes through what is due, oldest first, page by page. A round that ran out of time is gone on with by the next
    one of this process, so that rows that fail each time keep nobody from his turn."""

    def __init__(self) -> None:
        self._after: Place | None = None

    def due(self, now_ms: int, may_settle: Callable[[], bool]) -> Iterator[UUID]:
        ends = time.monotonic() + ROUND_S
        # At the end there may be time for those before it.
        for first in dict.fromkeys((self._after, None)):
            for self._after in _places(now_ms, first, may_settle):
                yield self._after[1]
                if time.monotonic() > ends:
                    return
            self._after = None


rounds = Rounds()


def _places(now_ms: int, after: Place | None, may_settle: Callable[[], bool]) -> Iterator[Place]:
    full = True
    while full:
        page = list(_page(now_ms, after, settles=may_settle()))
        yield from page
        full = len(page) == LIMIT
        after = page[-1] if full else None


def _page(now_ms: int, after: Place | None, *, settles: bool) -> QuerySet[Timer, Place]:
    due = Timer.objects.filter(metered=False, due_ms__lte=now_ms).order_by("due_ms", "booking")
    if not settles:
        # Nobody is away from where two meet in person.
        due = due.exclude(booking__state__in=UNSETTLED, booking__online=True)
    if after:
        due = due.filter(Q(due_ms__gt=after[0]) | Q(due_ms=after[0], booking__gt=after[1]))
    return due.values_list("due_ms", "booking")[:LIMIT]


def _contained(booking_id: UUID, now_ms: int) -> bool:
    try:
        return _handle(booking_id, now_ms)
    except Exception:
        log.exception("booking %s waits for the next round", booking_id)
        return False


@transaction.atomic
def _handle(booking_id: UUID, now_ms: int) -> bool:
    be_impatient()
    rows = Booking.objects.select_for_update(skip_locked=True, no_key=True, of=("self",)).select_related("terms")
    booking = rows.filter(pk=booking_id, due_ms__lte=now_ms).first()
    if booking is None or booking.state not in ON_TIME:
        # Somebody else has the row, or was here first.
        return False
    ON_TIME[State(booking.state)](booking, now_ms)
    return True


def _expired(booking: Booking, _now_ms: int) -> None:
    close(booking, State.EXPIRED)


def _nobody_spoke(booking: Booking, now_ms: int) -> None:
    """The chat of an appointment opens; or the two have not both come in time."""
    if is_missed(booking, now_ms):
        miss(booking)
    else:
        booking.due_ms = max(begin_by(booking, now_ms), now_ms + settings.FIRST_MESSAGE_WINDOW_MS)
        booking.save(update_fields=["due_ms"])
        chat_opened.send(Booking, booking=booking)


def settle(booking: Booking, _now_ms: int) -> None:
    """Posts what the meter has not posted yet, pays out, and sends the rest back. The row is locked."""
    terms, before = booking.terms, booking.billed_min
    minutes = counted_min(terms, served_ms=booking.closed_ms, granted_ms=booking.granted_ms)
    if due := price_between(terms, before, minutes):
        payments.post_minutes(ref=booking.pk, first=before, upto=minutes, amount=due)
        booking.billed_min = minutes
    payments.release(ref=booking.pk, payer_id=booking.client_id, companion_id=booking.companion_id)
    payments.refund_unused(ref=booking.pk, payer_id=booking.client_id)
    close_extensions(booking)
    payments.abandon(ref=booking.pk)
    booking.state, booking.due_ms = State.SETTLED, None
    booking.save(update_fields=["billed_min", "state", "due_ms"])
    listings.give_back_time(ref=booking.pk)
    announce(only=booking.pk)


ON_TIME: dict[State, Callable[[Booking, int], None]] = {
    State.AWAITING_PAYMENT: _expired,
    State.REQUESTED: _expired,
    State.ACCEPTED: _nobody_spoke,
    State.ENDED: settle,
    State.EXHAUSTED: settle,
}
