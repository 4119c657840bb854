"""Another start of an appointment: one of the two proposes, the others agree (agreeing.py). The terms and what was paid
stay as they are."""

import logging
from datetime import datetime
from functools import partial
from uuid import UUID, uuid5

from django.conf import settings
from django.db import connection, transaction

from accounts.models import User
from bookings.errors import NoTimeToAnswer, NotPossibleNow
from bookings.models import MOVE_ASKED, MOVE_DROPPED, MOVE_LAPSED, NOT_FOR_ALL, NOT_MOVED, Booking, Move, State
from bookings.services.agreeing import check_answers, decide, meets, stands, tell
from bookings.services.locking import locked
from bookings.services.rounds import Rounds, contained, places
from bookings.services.times import ms_of, taken_by_client
from common.clock import MS_PER_MINUTE, database_now_ms, moment
from common.patience import be_impatient
from listings import services as listings
from listings.errors import NotFreeThen

log = logging.getLogger(__name__)
KEPT_LATE = "SELECT bookings_late_start_kept(b, %s, %s) IS NOT NULL FROM bookings_booking b WHERE b.id = %s"


def may_move(booking: Booking, now_ms: int) -> bool:
    """It is agreed for a time that has not come."""
    return booking.state == State.ACCEPTED and booking.starts_ms is not None and now_ms < booking.starts_ms


def moves_late(booking: Booking, by: User, now_ms: int) -> bool:
    """Were `by` to propose another start now, cancelling would go on being late: by the rule that a proposal is written
    with."""
    with connection.cursor() as cursor:
        cursor.execute(KEPT_LATE, [by.pk, now_ms, booking.pk])
        return cursor.fetchone()[0]


def standing_move(booking: Booking, now_ms: int) -> Move | None:
    """The other start that is proposed and can still be agreed to."""
    return booking.moves.standing(now_ms).first() if may_move(booking, now_ms) else None


def other_starts(booking: Booking) -> list[datetime]:
    """The starts at which both are free for as long as it was ordered, in order, without the one it has."""
    minutes, now = booking.granted_ms // MS_PER_MINUTE, moment(database_now_ms())
    starts = listings.free_slots(booking.listing, minutes=minutes, without=booking.pk, now=now)
    taken = taken_by_client(booking)
    return [start for start in starts if ms_of(start) != booking.starts_ms and not meets(booking, ms_of(start), taken)]


@transaction.atomic
def propose_move(*, booking: Booking, by: User, starts_at: datetime, request_key: UUID) -> Move:
    """One of the two would rather begin at `starts_at` (aware). It takes the place of whatever was proposed before.

    `request_key` is the form's, as in `order`: the same click again is the same proposal while that stands.
    Raises NotPossibleNow once the agreed time has come, or for anybody else; NotFreeThen when one of the two is not
    free then, or it is the time that it has; NoTimeToAnswer when it would lapse within minutes.
    """
    booking = locked(booking)
    if by.pk not in (booking.client_id, booking.companion_id):
        raise NotPossibleNow
    to_ms = ms_of(starts_at)
    key, known = _once(booking, request_key, to_ms)
    if known is not None:
        return known
    now = database_now_ms()
    if not may_move(booking, now):
        raise NotPossibleNow
    expires_ms = _expires_ms(booking, to_ms, now)
    _check_free(booking, starts_at, now, expires_ms)
    booking.moves.filter(state=Move.State.OPEN).update(state=Move.State.DROPPED, decided_ms=now)
    times = {"from_ms": booking.starts_ms, "to_ms": to_ms, "proposed_ms": now, "expires_ms": expires_ms}
    move = Move.objects.create(booking=booking, request_key=key, proposed_by=by, **times)
    # The database may leave less, where many are asked: see bookings_move_begins().
    move.refresh_from_db(fields=["expires_ms", "late_start_ms"])
    if move.expires_ms < min(expires_ms, now + settings.MOVE_LEAST_MS):
        raise NoTimeToAnswer
    tell(booking, move, MOVE_ASKED)
    return move


@transaction.atomic
def decline_move(*, move: Move, by: User) -> None:
    """One of those who are asked would rather not: the appointment stays as it is. Twice is once.

    Raises NotPossibleNow for anybody else, MoveGone when it was agreed, taken back, or too late to be answered.
    """
    booking = locked(move.booking)
    move.refresh_from_db()
    check_answers(booking, move, by)
    if move.state != Move.State.DECLINED:
        decide(move, Move.State.DECLINED, stands(booking, move), declined_by=by)
        is_one_of_two = by.pk in (booking.client_id, booking.companion_id)
        tell(booking, move, NOT_MOVED if is_one_of_two else NOT_FOR_ALL)


@transaction.atomic
def take_back_move(*, move: Move, by: User) -> None:
    """Who has proposed it takes it back. Twice is once.

    Raises NotPossibleNow for anybody else, MoveGone when it was answered first.
    """
    booking = locked(move.booking)
    move.refresh_from_db()
    if by.pk != move.proposed_by_id:
        raise NotPossibleNow
    if move.state not in (Move.State.DROPPED, Move.State.LAPSED):
        decide(move, Move.State.DROPPED, stands(booking, move))
        tell(booking, move, MOVE_DROPPED)


def lapse_moves(now_ms: int) -> int:
    """Writes down what nobody has answered in time; returns how many. Nobody could agree to them any more before."""
    late = Move.objects.filter(state=Move.State.OPEN, expires_ms__lte=now_ms)
    due = rounds.through(partial(places, late, at="expires_ms", row="pk"))
    return sum(
        contained(partial(_lapse, move_id, now_ms), log, "move %s lapses in the next round", move_id)
        for _, move_id in due
    )


rounds: Rounds[tuple[int, int]] = Rounds()


@transaction.atomic
def _lapse(move_id: int, now_ms: int) -> bool:
    be_impatient()
    move = Move.objects.get(pk=move_id)
    booking = Booking.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=move.booking_id).first()
    move.refresh_from_db(fields=["state"])
    if booking is None or move.state != Move.State.OPEN:
        # Somebody else has the row, or was here first.
        return False
    decide(move, Move.State.LAPSED, now_ms)
    tell(booking, move, MOVE_LAPSED)
    return True


def _once(booking: Booking, request_key: UUID, to_ms: int) -> tuple[UUID, Move | None]:
    """The key of this click, and what it has made before. A form that the browser kept may be sent again with another
    time, or after its proposal was declined: that is a new one."""
    again = 0
    while True:
        key = uuid5(request_key, f"{to_ms}:{again}")
        known = booking.moves.filter(request_key=key).first()
        if known is None or known.state in (Move.State.OPEN, Move.State.AGREED):
            return key, known
        again += 1


def _expires_ms(booking: Booking, to_ms: int, now_ms: int) -> int:
    """Nobody waits longer for an answer, and nobody agrees to what begins too soon for her or has begun."""
    notice_ms = listings.notice_minutes(booking.listing) * MS_PER_MINUTE
    return min(now_ms + settings.MOVE_OPEN_MS, to_ms - notice_ms, booking.starts_ms or 0)


def _check_free(booking: Booking, starts_at: datetime, now_ms: int, expires_ms: int) -> None:
    start_ms, minutes, now = ms_of(starts_at), booking.granted_ms // MS_PER_MINUTE, moment(now_ms)
    if expires_ms <= now_ms or start_ms == booking.starts_ms or meets(booking, start_ms, taken_by_client(booking)):
        raise NotFreeThen
    listings.check_free(booking.listing, starts_at=starts_at, minutes=minutes, without=booking.pk, now=now)
