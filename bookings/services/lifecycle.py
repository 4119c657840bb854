"""What people do to a booking. Each locks the row, lets what is overdue happen first, checks again, writes."""

from typing import NoReturn

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from bookings.errors import AppointmentComes, ClientBusy, CompanionBusy, NotPossibleNow, RefundChanged
from bookings.models import (
    FINISHED,
    PARTLY_KEPT,
    RUNNING,
    UNANSWERED,
    Booking,
    PauseReason,
    Segment,
    State,
    StopReason,
    paid_numbers,
)
from bookings.services.cancelling import (
    CANCELLABLE,
    closed_quote,
    is_missed,
    kept_elsewhere,
    left_ms,
    missed_by,
    quote,
)
from bookings.services.locking import locked
from bookings.services.metering import announce
from bookings.services.times import begin_by, chat_opens, client_runs_past, is_too_long_by_now, take
from common.clock import database_now_ms, moment
from common.database import broken_constraint
from listings import services as listings
from listings.errors import TimeTaken
from payments import services as payments

REFUSALS = {
    "booking_one_running_per_client": ClientBusy,
    "booking_client_one_appointment": ClientBusy,
    "booking_one_running_per_companion": CompanionBusy,
    # Who is kept apart from whom is said to neither.
    "booking_between_unblocked": NotPossibleNow,
}


def refuse(error: IntegrityError) -> NoReturn:
    """Raises what a person is told of the rule that was kept, or the error itself where it says nothing to people."""
    refusal = REFUSALS.get(broken_constraint(error))
    if refusal is None:
        raise error
    raise refusal from error


def accept(*, booking: Booking, by: User) -> Booking:
    """The companion takes the order: the prepaid money is held for it.

    Raises NotPossibleNow when it is not (or no longer, by the clock) waiting for her; CompanionBusy, ClientBusy or
    AppointmentComes when one of the two is in another running order or has an appointment then.
    """
    try:
        return _accept(booking, by)
    except (CompanionBusy, ClientBusy, AppointmentComes):
        # She would have come: what becomes of it now says nothing about her.
        Booking.objects.filter(pk=booking.pk, companion=by, state=State.REQUESTED).update(hindered=True)
        raise


@transaction.atomic
def _accept(booking: Booking, by: User) -> Booking:
    booking = _locked_for(booking, by.pk == booking.companion_id, {State.REQUESTED})
    now = database_now_ms()
    if is_over_due(booking, now):
        raise NotPossibleNow
    if client_runs_past(booking):
        raise ClientBusy
    accounts = payments.open_order(ref=booking.pk, companion_id=booking.companion_id)
    payments.hold_paid(ref=booking.pk, numbers=paid_numbers(booking), amount=booking.terms.prepaid_fen)
    booking.hold_account, booking.earned_account = accounts.hold, accounts.earned
    booking.due_ms = chat_opens(booking) or begin_by(booking, now)
    _move_alone(booking, State.ACCEPTED, "due_ms", "hold_account", "earned_account")
    if booking.now:
        _take_from_now_on(booking, now)
    return booking


@transaction.atomic
def decline(*, booking: Booking, by: User) -> Booking:
    """The companion says no: everything goes back. Said after the time to answer, it has expired, as after a sweep.

    Raises NotPossibleNow when it is not waiting for her.
    """
    booking = _locked_for(booking, by.pk == booking.companion_id, {State.REQUESTED})
    if not expire_if_late(booking):
        close(booking, State.DECLINED)
    return booking


@transaction.atomic
def cancel(*, booking: Booking, by: User, expected_fen: int | None = None) -> Booking:
    """Either side steps back before the clock has started; what goes back follows from the terms. Twice is once.

    What nobody answered in time has expired and an appointment that was missed is a no-show, as after a sweep. Raises
    NotPossibleNow, or RefundChanged when `expected_fen`, the sum that was shown, is not what goes back at this moment.
    """
    booking = locked(booking)
    if booking.state == State.CANCELLED:
        return booking
    if not may_cancel(booking, by):
        raise NotPossibleNow
    if expire_if_late(booking):
        return booking
    if is_missed(booking, database_now_ms()):
        miss(booking)
        return booking
    told = quote(booking, by=by, now_ms=database_now_ms())
    booking.cancelled_by = by
    close(booking, State.CANCELLED, "cancelled_by")
    # What is left of an earlier refund goes along, and is no part of this sum.
    back = told.refund_fen + told.kept_fen - (booking.kept_fen or 0)
    if expected_fen not in (None, back):
        raise RefundChanged(back)
    return booking


def miss(booking: Booking) -> None:
    """The time to come is over: a no-show, with whom it is to be laid to. The caller holds the booking's lock."""
    booking.missed_by_id, booking.kept_elsewhere = missed_by(booking), kept_elsewhere(booking)
    close(booking, State.NO_SHOW, "missed_by", "kept_elsewhere")


def expire_if_late(booking: Booking) -> bool:
    """Nobody paid or answered in time: it has expired. False while there is time, or when somebody did.

    The caller holds the booking's lock.
    """
    if booking.state not in UNANSWERED or not is_over_due(booking, database_now_ms()):
        return False
    close(booking, State.EXPIRED)
    return True


def is_over_due(booking: Booking, now_ms: int) -> bool:
    """Its time is up, even if no sweep has come by yet: a late tick must not change what happens."""
    return booking.due_ms is not None and booking.due_ms <= now_ms


def may_cancel(booking: Booking, by: User) -> bool:
    """The client until the clock starts; the companion once she has accepted (before that she declines)."""
    return booking.state in (CANCELLABLE if by.pk == booking.client_id else (State.ACCEPTED,))


@transaction.atomic
def end(*, booking: Booking, by: User) -> Booking:
    """Either side ends the time together; the bill follows from the segments. Twice is once.

    Raises NotPossibleNow when it does not run, or for the companion of two who meet in person: she ends with his code
    (`bookings.services.meeting`).
    """
    booking = locked(booking)
    if booking.state in FINISHED:
        return booking
    if booking.state not in RUNNING or not (booking.online or by.pk == booking.client_id):
        raise NotPossibleNow
    return finish(booking, by)


def finish(booking: Booking, by: User, at_ms: int | None = None) -> Booking:
    """Ends what runs, at this moment or at an earlier one that is known to be no earlier than what is posted.

    The caller holds the booking's lock and knows that `by` may.
    """
    now = database_now_ms()
    end = now if at_ms is None else at_ms
    late_ms = now - end
    if booking.state == State.LIVE:
        reason = StopReason.ENDED_BY_CLIENT if by.pk == booking.client_id else StopReason.ENDED_BY_COMPANION
        end = _close_segment(booking, end, reason)
    booking.pause_reason = booking.live_since_ms = None
    booking.ended_ms, booking.due_ms = end, end + late_ms + settings.POSTING_LAG_MS
    _move(booking, State.ENDED, "pause_reason", "live_since_ms", "closed_ms", "ended_ms", "due_ms")
    listings.give_back_time(ref=booking.pk)
    return booking


@transaction.atomic
def pause(*, booking: Booking, by: User) -> Booking:
    """The client stops the clock for a while, 30 minutes in all. Twice is once.

    Raises NotPossibleNow when it does not run, or nothing of those minutes is left.
    """
    booking = locked(booking)
    if booking.pause_reason == PauseReason.CLIENT:
        return booking
    left_ms = booking.terms.client_pause_limit_ms - booking.client_paused_ms
    if by.pk != booking.client_id or booking.state != State.LIVE or not booking.online or left_ms <= 0:
        raise NotPossibleNow
    stopped = _close_segment(booking, database_now_ms(), StopReason.CLIENT)
    booking.pause_reason, booking.live_since_ms, booking.due_ms = PauseReason.CLIENT, None, stopped + left_ms
    _move(booking, State.PAUSED, "pause_reason", "live_since_ms", "closed_ms", "due_ms")
    return booking


@transaction.atomic
def resume(*, booking: Booking, by: User) -> Booking:
    """The client's pause is over. Twice is once. Raises NotPossibleNow when it was not he who paused."""
    booking = locked(booking)
    if booking.state == State.LIVE:
        return booking
    if by.pk != booking.client_id or booking.pause_reason != PauseReason.CLIENT:
        raise NotPossibleNow
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bookings_go_live(b, bookings_now_ms(), %s) FROM bookings_booking b WHERE id = %s",
            [settings.POSTING_LAG_MS, booking.pk],
        )
    booking.refresh_from_db()
    announce(only=booking.pk)
    return booking


def close(booking: Booking, state: State, *fields: str) -> int:
    """Leaves without a minute served: what the terms keep for the companion is hers, the rest goes back.

    Returns the fen that go back. The caller holds the booking's lock.
    """
    payments.lock_orders(ending(booking))
    booking.state, booking.due_ms = state, None
    booking.save(update_fields=["state", "due_ms", *fields])
    listings.give_back_time(ref=booking.pk)
    if state in PARTLY_KEPT:
        _keep(booking)
    if booking.hold_account_id:
        payments.release(ref=booking.pk, companion_id=booking.companion_id)
    refunds = payments.refund_unused(ref=booking.pk)
    payments.abandon(ref=booking.pk)
    announce(only=booking.pk)
    return sum(refund.amount for refund in refunds)


def ending(booking: Booking) -> payments.Ending:
    """Whose money closing it may move: until she has accepted, nothing of it is the companion's."""
    companion_id = booking.companion_id if booking.hold_account_id else None
    return payments.Ending(booking.pk, companion_id)


def _keep(booking: Booking) -> None:
    booking.kept_fen = closed_quote(booking, at_ms=left_ms(booking)).kept_fen
    booking.save(update_fields=["kept_fen"])
    if booking.kept_fen:
        payments.compensate(ref=booking.pk, amount=booking.kept_fen)


def _take_from_now_on(booking: Booking, now_ms: int) -> None:
    if is_too_long_by_now(booking):
        raise AppointmentComes
    try:
        take(booking, booking.listing, moment(now_ms))
    except TimeTaken as error:
        raise AppointmentComes from error


def _locked_for(booking: Booking, is_mine: bool, states: set[State]) -> Booking:
    booking = locked(booking)
    if not is_mine or booking.state not in states:
        raise NotPossibleNow
    return booking


def _move(booking: Booking, state: State, *fields: str) -> None:
    booking.state = state
    booking.save(update_fields=["state", *fields])
    announce(only=booking.pk)


def _move_alone(booking: Booking, state: State, *fields: str) -> None:
    """Moves into a state of which each person may have one."""
    try:
        with transaction.atomic():
            _move(booking, state, *fields)
    except IntegrityError as error:
        refuse(error)


def _close_segment(booking: Booking, now: int, reason: StopReason) -> int:
    # The meter has just run, so the deadline passed a millisecond ago at most. A stretch that began "later" than now
    # began right after another one while the machine's clock was set back.
    start = booking.live_since_ms or now
    stop = max(start, min(now, booking.deadline_ms or now))
    Segment.objects.create(
        booking=booking, companion_id=booking.companion_id, start_ms=start, end_ms=stop, stop_reason=reason
    )
    booking.closed_ms += stop - start
    return stop
