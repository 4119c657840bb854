"""The bill: a pure function of a booking's columns, its segments and the clock. What people see comes from here."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from bookings.models import Booking, Segment, State
from bookings.services.price import cost_of, counted_min
from common.clock import MS_PER_MINUTE

MS_PER_SECOND = 1000


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of the time together, [start_ms, end_ms). `reason` is why the clock stopped at its end, or stood."""

    start_ms: int
    end_ms: int
    billed: bool
    reason: str

    @property
    def length_ms(self) -> int:
        return self.end_ms - self.start_ms


@dataclass(frozen=True, slots=True)
class Bill:
    """Money in fen, time in milliseconds. `unused` is what goes back once the booking is settled.

    `kept` is what stays with the companion of an order that did not come about.
    """

    prepaid: int
    served_ms: int
    minutes: int
    cost: int
    stretches: tuple[Stretch, ...]
    kept: int = 0

    @property
    def unused(self) -> int:
        return self.prepaid - self.cost - self.kept


def bill_of(booking: Booking, *, now_ms: int) -> Bill:
    """The bill as it stands at `now_ms`: whole served minutes at the cumulative price, the part-minute free."""
    segments = list(booking.segments.order_by("start_ms"))
    stretches = _with_gaps([_stretch(segment) for segment in segments] + _running(booking, now_ms), booking.ended_ms)
    served = counted_ms(stretches)
    terms, granted = booking.terms, booking.granted_ms
    minutes = counted_min(terms, served_ms=served, granted_ms=granted) if stretches else 0
    prepaid, cost = cost_of(terms, granted // MS_PER_MINUTE), cost_of(terms, minutes)
    return Bill(prepaid, served, minutes, cost, tuple(stretches), booking.kept_fen or 0)


def to_the_second(stretches: tuple[Stretch, ...]) -> tuple[Stretch, ...]:
    """The same stretches for people: each begins at its second, and what stands lasts until the next one's.

    What counts is cut where it has come to so far, so that the lines add up to the whole, which is cut too: rounded up
    it could show a minute that is not charged. No line is a second off.
    """
    shown, counted = [], 0
    for one in stretches:
        before, counted = counted, counted + counted_ms([one])
        start = _floor(one.start_ms)
        end = start + _floor(counted) - _floor(before) if one.billed else _floor(one.end_ms)
        shown.append(replace(one, start_ms=start, end_ms=end))
    return tuple(shown)


def counted_ms(stretches: Iterable[Stretch]) -> int:
    """Milliseconds of those that are billed."""
    return sum(stretch.length_ms for stretch in stretches if stretch.billed)


def _floor(ms: int) -> int:
    return ms // MS_PER_SECOND * MS_PER_SECOND


def _stretch(segment: Segment) -> Stretch:
    return Stretch(segment.start_ms, segment.end_ms, billed=True, reason=segment.stop_reason)


def _running(booking: Booking, now_ms: int) -> list[Stretch]:
    """The open stretch of a live booking, up to now, the deadline or the promised second, whichever came first."""
    if booking.state != State.LIVE or booking.live_since_ms is None or booking.deadline_ms is None:
        return []
    stops = [now_ms, booking.deadline_ms]
    if booking.turn.awaiting_since_ms is not None and booking.terms.promise_ms is not None:
        stops.append(max(booking.live_since_ms, booking.turn.awaiting_since_ms + booking.terms.promise_ms))
    return [Stretch(booking.live_since_ms, max(booking.live_since_ms, min(stops)), billed=True, reason="")]


def _with_gaps(billed: list[Stretch], ended_ms: int | None) -> list[Stretch]:
    """Puts the standing clock between the stretches, and after the last one when the end came later."""
    shown: list[Stretch] = billed[:1]
    for before, after in pairwise(billed):
        shown += [Stretch(before.end_ms, after.start_ms, billed=False, reason=before.reason), after]
    if billed and ended_ms and ended_ms > billed[-1].end_ms:
        shown.append(Stretch(billed[-1].end_ms, ended_ms, billed=False, reason=billed[-1].reason))
    return shown
