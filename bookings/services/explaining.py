"""One bill computed again, from its stretches and what was agreed, beside what the ledger says: for support staff."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.timezone import localtime

from bookings.models import PARTLY_KEPT, UNSETTLED, Booking, Extension, State
from bookings.services.bill import Stretch, bill_of
from bookings.services.cancelling import closed_quote
from bookings.services.price import HOUR, cost_of, counted_min
from common.clock import MS_PER_MINUTE, database_now_ms, moment
from common.money import format_yuan
from payments import services as payments
from payments.models import TransferKind

Sums = dict[tuple[str, int], int]


@dataclass(frozen=True, slots=True)
class Line:
    """Fen of one movement: as the rules have it, and as the ledger has it."""

    name: str
    due: int
    booked: int

    @property
    def agrees(self) -> bool:
        return self.due == self.booked


@dataclass(frozen=True, slots=True)
class Explanation:
    """`story` in words, one line each; `lines` is the comparison."""

    story: list[str]
    lines: list[Line]

    @property
    def agrees(self) -> bool:
        return all(line.agrees for line in self.lines)


def explain(booking: Booking) -> Explanation:
    """The booking's bill as the rules have it, line by line beside the ledger. Changes nothing."""
    return Explanation(list(_story(booking)), list(_lines(booking)))


def _story(booking: Booking) -> Iterator[str]:
    now = database_now_ms()
    bill, terms = bill_of(booking, now_ms=now), booking.terms
    yield f"{booking.code} ({booking.pk}) is {booking.state}"
    yield f"{terms.kind}, {terms.companion_name}: {terms.ordered_min} min ordered, {_price(booking)}"
    for extension in booking.extensions.order_by("pk"):
        yield f"+{extension.minutes} min for {format_yuan(extension.amount_fen)}: {extension.state}"
    for stretch in bill.stretches:
        yield _in_words(stretch)
    yield f"live for {_span(bill.served_ms)} in all: {bill.minutes} min count, {format_yuan(bill.cost)}"


def _price(booking: Booking) -> str:
    terms = booking.terms
    if terms.price_unit == HOUR:
        return f"{format_yuan(terms.price_fen)} an hour: {terms.price_fen} fen x minutes / 60, rounded down"
    overtime = format_yuan(terms.overtime_fen)
    return f"{format_yuan(terms.price_fen)} with {terms.included_min} min, then {overtime} for each half hour begun"


def _in_words(stretch: Stretch) -> str:
    counted = "counted" if stretch.billed else "stopped"
    reason = f", {stretch.reason}" if stretch.reason else ""
    return f"{_time(stretch.start_ms)} - {_time(stretch.end_ms)}  {counted} {_span(stretch.length_ms)}{reason}"


def _time(ms: int) -> str:
    return f"{localtime(moment(ms)):%Y-%m-%d %H:%M:%S}.{ms % 1000:03d}"


def _span(ms: int) -> str:
    return f"{ms // MS_PER_MINUTE}:{ms % MS_PER_MINUTE / 1000:06.3f}"


def _lines(booking: Booking) -> Iterator[Line]:
    booked = _booked(booking)
    yield from _paid(booking, booked)
    if booking.hold_account_id is None:
        return
    yield from _held(booking, booked)
    yield from _charged(booking, booked[TransferKind.MINUTE, -1])
    kept = _kept(booking)
    yield Line("kept because it did not come about", kept, booked[TransferKind.COMPENSATION, -1])
    if booking.due_ms is None:
        earned = _lived(booking) if booking.state == State.SETTLED else 0
        yield from _divided(booked, earned + kept)


def _booked(booking: Booking) -> Sums:
    """What moved, in fen, by kind and number; under number -1 the sum of the kind."""
    sums: Sums = defaultdict(int)
    for transfer in payments.order_book(ref=booking.pk):
        sums[transfer.kind, transfer.seq] += transfer.amount
        sums[transfer.kind, -1] += transfer.amount
    return sums


def _paid(booking: Booking, booked: Sums) -> Iterator[Line]:
    for payment in payments.money_of(ref=booking.pk).payments:
        paid = payment.amount if payment.status == payment.Status.SUCCEEDED else 0
        yield Line(f"payment {payment.seq} by {payment.method or 'nobody yet'}", paid, booked[_payment(payment.seq)])


def _payment(seq: int) -> tuple[str, int]:
    return TransferKind.PAYMENT, seq


def _held(booking: Booking, booked: Sums) -> Iterator[Line]:
    yield Line("held when it was accepted", booking.terms.prepaid_fen, booked[TransferKind.HOLD, 0])
    for extension in booking.extensions.filter(state=Extension.State.GRANTED).order_by("payment_seq"):
        seq = extension.payment_seq or 0
        yield Line(f"held for {extension.minutes} min more", extension.amount_fen, booked[TransferKind.HOLD, seq])
    granted = cost_of(booking.terms, booking.granted_ms // MS_PER_MINUTE)
    yield Line("held in all", granted, booked[TransferKind.HOLD, -1])


def _charged(booking: Booking, charged: int) -> Iterator[Line]:
    """By the row's own count, and by its stretches once the clock stands. What is not charged yet is then charged when
    it is settled, up to the row's closed time."""
    terms = booking.terms
    yield Line(f"charged for time, {booking.billed_min} min", cost_of(terms, booking.billed_min), charged)
    if booking.state == State.SETTLED:
        yield Line("charged for its stretches", _lived(booking), charged)
    elif booking.state == State.PAUSED or booking.state in UNSETTLED:
        counted = counted_min(terms, served_ms=booking.closed_ms, granted_ms=booking.granted_ms)
        will_be = cost_of(terms, max(counted, booking.billed_min))
        yield Line("its stretches so far, and what will be charged", _lived(booking), will_be)


def _lived(booking: Booking) -> int:
    """Fen for its stretches as they stand."""
    served = sum(segment.end_ms - segment.start_ms for segment in booking.segments.all())
    return cost_of(booking.terms, counted_min(booking.terms, served_ms=served, granted_ms=booking.granted_ms))


def _kept(booking: Booking) -> int:
    if booking.state not in PARTLY_KEPT or booking.kept_fen is None:
        return 0
    left = booking.steps.filter(state__in=PARTLY_KEPT).latest("pk")
    return closed_quote(booking, at_ms=left.at_ms).kept_fen


def _divided(booked: Sums, earned: int) -> Iterator[Line]:
    fee, companion = booked[TransferKind.SETTLE_FEE, -1], booked[TransferKind.SETTLE_COMPANION, -1]
    yield Line(f"to the companion, and {format_yuan(fee)} of it to the platform", earned, fee + companion)
    yield Line("let go again", booked[TransferKind.HOLD, -1] - earned, booked[TransferKind.RELEASE, -1])
    back = booked[TransferKind.REFUND, -1] - booked[TransferKind.REFUND_FAILED, -1]
    yield Line("on its way back or back", booked[TransferKind.PAYMENT, -1] - earned, back)
