"""A code as she typed it, maybe long before it came: how far her phone's word for when that was is believed."""

from dataclasses import dataclass
from hmac import compare_digest
from uuid import UUID

from django.conf import settings
from django.db.models import Max, Q

from bookings.errors import CodeReplaced, MissedAndWrong, MissedMeanwhile, WrongCode
from bookings.models import Booking, CodeEntry, MeetingCode, Segment
from bookings.services.price import least_served_ms
from common.clock import database_now_ms
from common.errors import UserError

REFUSALS: dict[str, type[UserError]] = {
    refusal.code: refusal for refusal in (WrongCode, CodeReplaced, MissedMeanwhile, MissedAndWrong)
}


@dataclass(frozen=True, slots=True)
class Typed:
    """`age_ms`: typed so long before it came. `request_key`: the same one sent again is the same one."""

    digits: str
    purpose: MeetingCode.Purpose
    age_ms: int = 0
    request_key: UUID | None = None


def counts_ms(booking: Booking, code: MeetingCode, typed: Typed) -> int:
    """The moment, epoch ms, from which the right code starts or ends the clock: when it was typed, within what is known
    here. Never in the future, before that code was made, or longer ago than the limit."""
    now = database_now_ms()
    said = now - min(typed.age_ms, settings.CODE_LATE_LIMIT_MS)
    known = _starts_after if typed.purpose == MeetingCode.Purpose.START else _ends_after
    return min(now, max(said, made_ms(code), known(booking, said)))


def fits(code: MeetingCode, typed: Typed) -> bool:
    """These are its digits."""
    return compare_digest(code.digits.encode(), typed.digits.encode())


def made_ms(code: MeetingCode) -> int:
    """Nobody can have shown or typed it before, epoch ms."""
    return int(code.created_at.timestamp() * 1000)


def known_entry(booking: Booking, typed: Typed) -> CodeEntry | None:
    """This very entry, when it has come before."""
    return booking.code_entries.filter(request_key=typed.request_key).first() if typed.request_key else None


def refusal_of(entry: CodeEntry) -> UserError | None:
    """What was answered to it."""
    return REFUSALS[entry.refusal]() if entry.refusal else None


def remember(booking: Booking, typed: Typed, refusal: UserError | None) -> CodeEntry | None:
    """Writes down an entry with a key, with its answer. The caller holds the booking's lock."""
    if not typed.request_key:
        return None
    return booking.code_entries.create(
        request_key=typed.request_key,
        purpose=typed.purpose,
        age_ms=typed.age_ms,
        came_ms=database_now_ms(),
        refusal=refusal.code if refusal else "",
    )


def _starts_after(booking: Booking, said_ms: int) -> int:
    """Her phone's word costs him, so it says nothing of the time before he owes to be there, before she herself had
    said here that she is, or in which one of the two was in another order, on either side of it."""
    return max(booking.starts_ms or 0, booking.came_ms or 0, _elsewhere_until(booking, said_ms))


def _elsewhere_until(booking: Booking, since_ms: int) -> int:
    """When the last other order of one of the two ended, epoch ms; 0: none has lasted beyond `since_ms`."""
    two = (booking.client_id, booking.companion_id)
    theirs = Segment.objects.filter(Q(booking__client__in=two) | Q(companion__in=two), end_ms__gt=since_ms)
    return theirs.exclude(booking=booking).aggregate(until=Max("end_ms"))["until"] or 0


def _ends_after(booking: Booking, _said_ms: int) -> int:
    """Its clock had started, and what is posted is not taken back."""
    posted = least_served_ms(booking.terms, booking.billed_min) - booking.closed_ms
    return (booking.live_since_ms or 0) + max(0, posted)
