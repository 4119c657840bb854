"""What time does to a booking outside the meter: payment and acceptance expire, nobody shows up, the end is settled."""

import logging
from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction

from bookings.models import UNSETTLED, Booking, State, Timer
from bookings.services import presence
from bookings.services.cancelling import is_missed
from bookings.services.extending import close_extensions
from bookings.services.lifecycle import close, miss
from bookings.services.metering import announce, sweep
from bookings.services.moving import lapse_moves
from bookings.services.price import counted_min, price_between
from bookings.services.rounds import Rounds, contained, places
from bookings.services.times import begin_by
from bookings.signals import chat_opened
from common.clock import database_now_ms
from common.patience import be_impatient
from common.presence import PresenceUnknown, is_silent
from listings import services as listings
from payments import services as payments

log = logging.getLogger(__name__)
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
    """Handles every booking whose timer has run out and that is not the meter's, and every proposal; returns how many.

    One that fails is logged and does not keep the others waiting. `now_ms` is for tests.
    """
    now = database_now_ms() if now_ms is None else now_ms
    due = rounds.through(partial(_page, now_ms=now, may_settle=may_settle))
    return sum(_contained(booking_id, now) for _, booking_id in due) + lapse_moves(now)


rounds: Rounds[Place] = Rounds()


def _page(after: Place | None, *, now_ms: int, may_settle: Callable[[], bool]) -> list[Place]:
    due = Timer.objects.filter(metered=False, due_ms__lte=now_ms)
    if not may_settle():
        # Nobody is away from where two meet in person.
        due = due.exclude(booking__state__in=UNSETTLED, booking__online=True)
    return places(due, after, at="due_ms", row="booking")


def _contained(booking_id: UUID, now_ms: int) -> bool:
    return contained(partial(_handle, booking_id, now_ms), log, "booking %s waits for the next round", booking_id)


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
    payments.lock_order(ref=booking.pk, companion_id=booking.companion_id)
    terms, before = booking.terms, booking.billed_min
    minutes = counted_min(terms, served_ms=booking.closed_ms, granted_ms=booking.granted_ms)
    if due := price_between(terms, before, minutes):
        payments.post_minutes(ref=booking.pk, first=before, upto=minutes, amount=due)
        booking.billed_min = minutes
    payments.release(ref=booking.pk, companion_id=booking.companion_id)
    payments.refund_unused(ref=booking.pk)
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
