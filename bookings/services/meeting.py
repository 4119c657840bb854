"""Two who meet in person: each says "I'm here", and the client's codes start and end the clock."""

from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from bookings.errors import (
    ClientElsewhere,
    CodeReplaced,
    CodeRests,
    NotPossibleNow,
    TooEarly,
    WrongCode,
)
from bookings.models import FINISHED, TRIES, Booking, MeetingCode, State
from bookings.services.cancelling import is_missed
from bookings.services.lifecycle import finish, is_over_due, refuse
from bookings.services.locking import locked
from bookings.services.metering import announce
from bookings.services.missed import missed_meanwhile
from bookings.services.typed import Typed, counts_ms, fits, known_entry, made_ms, refusal_of, remember
from bookings.signals import booking_touched
from common.clock import database_now_ms, moment
from common.errors import UserError
from listings import services as listings

Purpose = MeetingCode.Purpose
NEEDED_IN = {Purpose.START: State.ACCEPTED, Purpose.END: State.LIVE}


def code_of(*, booking: Booking, purpose: MeetingCode.Purpose, by: User) -> MeetingCode:
    """The code that is valid now, made with the first call. For the client's eyes: he shows it when they meet.

    Raises NotPossibleNow for anybody else, and when there is nothing to start or end.
    """
    if booking.online or by.pk != booking.client_id or booking.state != NEEDED_IN[purpose]:
        raise NotPossibleNow
    return _valid_code(booking, purpose)


def enter_code(
    *,
    booking: Booking,
    digits: str,
    purpose: MeetingCode.Purpose,
    by: User,
    age_ms: int = 0,
    request_key: UUID | None = None,
) -> Booking:
    """The companion types the client's code: the clock starts, or the order ends. The same code twice is once.

    From an hour before the agreed time both may start earlier: that he shows the code and she types it is their word,
    once it is here. `age_ms`: she typed it so long ago, without a network; it counts from then, as far as that is
    believed (`bookings.services.typed`). A wrong one that is sent again with the same `request_key` is one try.
    Raises NotPossibleNow (not hers, not in that state, too late), MissedMeanwhile (typed before it was too late),
    TooEarly, WrongCode, CodeReplaced, CodeRests, CompanionBusy or ClientElsewhere (one of the two is in another running
    order).
    """
    typed = Typed(digits, purpose, age_ms, request_key)
    with transaction.atomic():
        booking, refusal = _try(locked(booking), typed, by)
    # Only now: a wrong try stays written.
    if refusal:
        raise refusal
    return booking


@transaction.atomic
def arrive(*, booking: Booking, by: User) -> Booking:
    """One of the two is at the place: "I'm here". Twice is once, with the first time.

    Raises TooEarly, and NotPossibleNow once it has begun, is over, or is not for these two.
    """
    booking = locked(booking)
    column = {booking.client_id: "client_came_ms", booking.companion_id: "came_ms"}.get(by.pk)
    if column is None:
        raise NotPossibleNow
    if getattr(booking, column) is None:
        now = _check_near(booking)
        setattr(booking, column, now)
        booking.save(update_fields=[column])
        booking_touched.send(Booking, booking=booking)
    return booking


def meets_from_ms(booking: Booking) -> int:
    """From when on, epoch ms, the two of an appointment in person can check in and start the clock."""
    return (booking.starts_ms or 0) - settings.MEET_EARLY_MS


def _try(booking: Booking, typed: Typed, by: User) -> tuple[Booking, UserError | None]:
    """The booking as it is then, and what to say of a try that was wrong."""
    if booking.online or by.pk != booking.companion_id:
        raise NotPossibleNow
    if entry := known_entry(booking, typed):
        return booking, refusal_of(entry)
    if _is_done(booking, typed):
        _remember_end(booking, typed)
        return booking, None
    if typed.age_ms and typed.purpose == Purpose.START and _was_missed(booking):
        return booking, missed_meanwhile(booking, typed)
    _check_time(booking, typed)
    code = _valid_code(booking, typed.purpose)
    if _rests(code):
        raise CodeRests
    refusal = None if fits(code, typed) else _wrong(booking, code)
    remember(booking, typed, refusal)
    return (booking, refusal) if refusal else (_use(booking, code, typed, by), None)


def _use(booking: Booking, code: MeetingCode, typed: Typed, by: User) -> Booking:
    MeetingCode.objects.filter(pk=code.pk).update(used_ms=database_now_ms())
    at_ms = counts_ms(booking, code, typed)
    return _start(booking, at_ms) if typed.purpose == Purpose.START else finish(booking, by, at_ms)


def _is_done(booking: Booking, typed: Typed) -> bool:
    """Another tap was first, or the client, or the clock: nothing is left to do."""
    if typed.purpose == Purpose.END:
        return booking.state in FINISHED
    used = booking.codes.filter(purpose=typed.purpose, used_ms__isnull=False).first()
    return used is not None and fits(used, typed)


def _remember_end(booking: Booking, typed: Typed) -> None:
    """The right end code of what is over changes nothing, and says when she typed it: for whoever asks afterwards."""
    ends = booking.codes.filter(purpose=Purpose.END) if typed.purpose == Purpose.END else []
    if any(fits(code, typed) for code in ends):
        remember(booking, typed, None)


def _check_time(booking: Booking, typed: Typed) -> None:
    if booking.state != NEEDED_IN[typed.purpose]:
        raise NotPossibleNow
    if typed.purpose == Purpose.START:
        _check_near(booking)


def _was_missed(booking: Booking) -> bool:
    """Also before a sweep has come by."""
    return booking.state == State.NO_SHOW or is_missed(booking, database_now_ms())


def _check_near(booking: Booking) -> int:
    """The moment, epoch ms, if it lies between the hour before the agreed time and the no-show."""
    now = database_now_ms()
    if booking.online or booking.state != State.ACCEPTED or is_over_due(booking, now):
        raise NotPossibleNow
    if now < meets_from_ms(booking):
        raise TooEarly
    return now


def _valid_code(booking: Booking, purpose: MeetingCode.Purpose) -> MeetingCode:
    codes = MeetingCode.objects.filter(booking=booking, purpose=purpose)
    newest = codes.order_by("-number").first()
    return newest or codes.get_or_create(number=1, defaults={"booking": booking, "purpose": purpose})[0]


def _rests(code: MeetingCode) -> bool:
    return code.number > 1 and database_now_ms() < made_ms(code) + settings.CODE_REST_MS


def _wrong(booking: Booking, code: MeetingCode) -> UserError:
    code.tries += 1
    code.save(update_fields=["tries"])
    if code.tries < TRIES:
        return WrongCode()
    MeetingCode.objects.create(booking=booking, purpose=code.purpose, number=code.number + 1)
    booking_touched.send(Booking, booking=booking)
    return CodeReplaced()


def _start(booking: Booking, at_ms: int) -> Booking:
    if Booking.objects.busy().filter(client=booking.client_id).exists():
        raise ClientElsewhere
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT bookings_go_live(b, %s, %s) FROM bookings_booking b WHERE id = %s",
                [at_ms, settings.POSTING_LAG_MS, booking.pk],
            )
    except IntegrityError as error:
        refuse(error)
    booking.refresh_from_db()
    _serve_from(booking, booking.live_since_ms or 0)
    announce(only=booking.pk)
    return booking


def _serve_from(booking: Booking, began_ms: int) -> None:
    """Her time is promised from when it really began; where somebody else has some of it, as it was agreed."""
    begun, ends = moment(began_ms), moment(began_ms + booking.granted_ms)
    listings.move_time(ref=booking.pk, starts_at=begun, ends_at=ends)
