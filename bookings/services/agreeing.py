"""What is said to another start: each of those who are asked agrees, and with the last of them it begins then."""

from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.services import all_at_a_time
from bookings.errors import AppointmentThen, MoveGone, NewTimeTaken, NotPossibleNow
from bookings.models import MOVE_LAPSED, MOVED, Booking, Move, State, Step, payers_of
from bookings.services.locking import locked
from bookings.services.metering import announce
from bookings.services.times import begin_by, chat_opens, check_nothing_else, taken_by_client
from bookings.signals import booking_touched
from common.clock import MS_PER_MINUTE, database_now_ms, moment
from common.database import broken_constraint
from listings import services as listings
from listings.errors import TimeTaken


def agree_to_move(*, move: Move, by: User) -> Booking:
    """The other side agrees, or somebody who has paid a part of the order: with the last of them the appointment begins
    then. Twice is once.

    Who has come to the old time, and the codes for it, count no more; what cancelling gives back is counted from the
    new start, unless `late_start_ms` says otherwise. Raises NotPossibleNow for anybody else; MoveGone once it does not
    stand; AppointmentThen when who pays a part has something else then; NewTimeTaken when one of the two has by now.
    """
    with transaction.atomic():
        # Before the row, as whoever pays does. Two moves of one person at once would each wait for what the other has
        # written, and what one of them pays elsewhere would not be seen.
        all_at_a_time({move.booking.companion_id, *payers_of(move.booking)})
        booking = locked(move.booking)
        refusal = _agree(booking, move, by)
    # Only now: that it has lapsed stays written.
    if refusal:
        raise refusal
    return booking


def _agree(booking: Booking, move: Move, by: User) -> NewTimeTaken | None:
    """What to say when it cannot be: then it has lapsed."""
    move.refresh_from_db()
    check_answers(booking, move, by)
    if move.state == Move.State.AGREED:
        return None
    now = stands(booking, move)
    if meets(booking, move.to_ms, taken_by_client(booking)):
        return _lapsed(booking, move, now)
    if by.pk not in move.agreed:
        _check_guest(booking, move, by)
        move.agreements.create(by=by, at_ms=now)
    if move.asked - move.agreed:
        booking_touched.send(Booking, booking=booking)
        return None
    return _agreed_by_all(booking, move, now)


def _check_guest(booking: Booking, move: Move, guest: User) -> None:
    """The client has been looked at, and the companion's time is taken by a rule of the database."""
    if guest.pk not in (booking.client_id, booking.companion_id):
        check_nothing_else(guest, move.to_ms, booking.granted_ms // MS_PER_MINUTE, without=booking)


def _check_guests(booking: Booking, move: Move) -> None:
    """Raises NewTimeTaken when one of them has ordered something else since he agreed."""
    try:
        for guest in User.objects.filter(pk__in=move.agreed):
            _check_guest(booking, move, guest)
    except AppointmentThen as error:
        raise NewTimeTaken from error


def _agreed_by_all(booking: Booking, move: Move, now_ms: int) -> NewTimeTaken | None:
    try:
        with transaction.atomic():
            _check_guests(booking, move)
            decide(move, Move.State.AGREED, now_ms)
            _move(booking, move)
    except NewTimeTaken:
        return _lapsed(booking, move, now_ms)
    tell(booking, move, MOVED)
    return None


def _lapsed(booking: Booking, move: Move, now_ms: int) -> NewTimeTaken:
    decide(move, Move.State.LAPSED, now_ms)
    tell(booking, move, MOVE_LAPSED)
    return NewTimeTaken()


def check_answers(booking: Booking, move: Move, by: User) -> None:
    """It is for him to answer. Raises NotPossibleNow."""
    move.booking = booking
    if by.pk not in move.asked:
        raise NotPossibleNow


def stands(booking: Booking, move: Move) -> int:
    """The moment, epoch ms, at which it can still be answered. Raises MoveGone."""
    now = database_now_ms()
    if booking.state != State.ACCEPTED or move.state != Move.State.OPEN or move.expires_ms <= now:
        raise MoveGone
    return now


def _move(booking: Booking, move: Move) -> None:
    """Raises NewTimeTaken when the companion is not free then."""
    booking.starts_ms, booking.late_start_ms = move.to_ms, move.late_start_ms
    booking.came_ms = booking.client_came_ms = None
    booking.due_ms = chat_opens(booking) or begin_by(booking, move.to_ms)
    booking.codes.all().delete()
    try:
        _retake(booking)
        booking.save(update_fields=["starts_ms", "late_start_ms", "came_ms", "client_came_ms", "due_ms"])
    except TimeTaken as error:
        raise NewTimeTaken from error
    except IntegrityError as error:
        if broken_constraint(error) != "booking_client_one_appointment":
            raise
        raise NewTimeTaken from error


def _retake(booking: Booking) -> None:
    listing, ends_ms = booking.listing, (booking.starts_ms or 0) + booking.granted_ms
    listings.retake_time(
        companion=listing.companion,
        ref=booking.pk,
        starts_at=moment(booking.starts_ms or 0),
        ends_at=moment(ends_ms),
        travel_minutes=listing.policy.travel_minutes,
    )


def decide(move: Move, state: Move.State, now_ms: int, *, declined_by: User | None = None) -> None:
    move.state, move.decided_ms, move.declined_by = state, now_ms, declined_by
    move.save(update_fields=["state", "decided_ms", "declined_by"])


def tell(booking: Booking, move: Move, event: str) -> None:
    Step.objects.create(booking=booking, state=event, move=move, at_ms=database_now_ms())
    announce(only=booking.pk)


def meets(booking: Booking, start_ms: int, taken: list[tuple[int, int]]) -> bool:
    return any(start_ms < end and begin < start_ms + booking.granted_ms for begin, end in taken)
