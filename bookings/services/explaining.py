"""One bill computed again, from its stretches and what was agreed, beside what the ledger says: for support staff."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bookings.models import UNSETTLED, Booking, Extension, State
from bookings.services.books import overdue
from bookings.services.price import HOUR, cost_of, counted_min
from bookings.services.story import closing_quote, story_of
from bookings.signals import bill_explained
from common.clock import MS_PER_MINUTE
from common.money import format_yuan
from payments import services as payments
from payments.models import Payment, TransferKind

WHOLE = 100  # percent
ALL = None
Sums = dict[tuple[str, int | None], int]


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
    late = (words for _, words in overdue(pk=booking.pk))
    return Explanation([*story_of(booking), *late], [*_lines(booking), *_beside(booking)])


def _beside(booking: Booking) -> Iterator[Line]:
    told: list[tuple[Any, Any]] = bill_explained.send(Booking, booking=booking)
    for _, lines in told:
        yield from lines


def _lines(booking: Booking) -> Iterator[Line]:
    booked = _booked(booking)
    yield from _paid(booking, booked)
    earned = 0
    if booking.hold_account_id is not None:
        yield from _held(booking, booked)
        yield from _charged(booking, booked[TransferKind.MINUTE, ALL])
        quote = closing_quote(booking)
        kept = quote.kept_fen if quote else 0
        rule = f"{quote.rule}, {WHOLE - quote.percent}%" if quote else "nothing"
        yield Line(f"kept: {rule}", kept, booked[TransferKind.COMPENSATION, ALL])
        earned = kept + (_lived(booking) if booking.state == State.SETTLED else 0)
        if booking.due_ms is None:
            yield from _divided(booked, earned)
    yield from _back(booking, booked, earned)


def _booked(booking: Booking) -> Sums:
    """What moved, in fen, by kind and number; under number ALL the sum of the kind."""
    sums: Sums = defaultdict(int)
    for transfer in payments.order_book(ref=booking.pk):
        sums[transfer.kind, transfer.seq] += transfer.amount
        sums[transfer.kind, ALL] += transfer.amount
    return sums


def _paid(booking: Booking, booked: Sums) -> Iterator[Line]:
    for payment in payments.money_of(ref=booking.pk).payments:
        paid = payment.amount if payment.status == payment.Status.SUCCEEDED else 0
        yield Line(_name(payment), paid, booked[_payment(payment.seq)])


def _name(payment: Payment) -> str:
    return f"payment {payment.seq} by {payment.method or 'nobody yet'}"


def _payment(seq: int) -> tuple[str, int]:
    return TransferKind.PAYMENT, seq


def _held(booking: Booking, booked: Sums) -> Iterator[Line]:
    first = sum(fen for (kind, seq), fen in booked.items() if kind == TransferKind.HOLD and seq is not ALL and seq <= 0)
    yield Line("held when it was accepted", booking.terms.prepaid_fen, first)
    for extension in booking.extensions.filter(state=Extension.State.GRANTED).order_by("payment_seq"):
        seq = extension.payment_seq or 0
        yield Line(f"held for {extension.minutes} min more", extension.amount_fen, booked[TransferKind.HOLD, seq])
    granted = cost_of(booking.terms, booking.granted_ms // MS_PER_MINUTE)
    yield Line("held in all", granted, booked[TransferKind.HOLD, ALL])


def _charged(booking: Booking, charged: int) -> Iterator[Line]:
    """By the row's own count, and by its stretches once the clock stands. What is not charged yet is then charged when
    it is settled, up to the row's closed time."""
    terms = booking.terms
    what = f"time, {booking.billed_min} min" if terms.price_unit == HOUR else "the visit and half hours begun"
    yield Line(f"charged for {what}", cost_of(terms, booking.billed_min), charged)
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


def _divided(booked: Sums, earned: int) -> Iterator[Line]:
    fee, companion = booked[TransferKind.SETTLE_FEE, ALL], booked[TransferKind.SETTLE_COMPANION, ALL]
    yield Line(f"to the companion, and {format_yuan(fee)} of it to the platform", earned, fee + companion)
    yield Line("let go again", booked[TransferKind.HOLD, ALL] - earned, booked[TransferKind.RELEASE, ALL])


def _back(booking: Booking, booked: Sums, earned: int) -> Iterator[Line]:
    """What goes back to each payment, by the rows of its refunds; and by the rules in all, once the order is closed."""
    money = payments.money_of(ref=booking.pk)
    for payment in money.payments:
        refunds = [refund for refund in money.refunds if refund.payment_id == payment.pk]
        due = sum(refund.amount for refund in refunds if refund.status != refund.Status.FAILED)
        stands = ", ".join(refund.status for refund in refunds)
        if refunds:
            yield Line(
                f"back to {_name(payment)} ({stands})", due, sum(_sent(booked, refund.seq) for refund in refunds)
            )
    if booking.due_ms is None:
        # What was unused and his bank has given him back does not go back from here as well.
        ours = booked[TransferKind.PAYMENT, ALL] - booked[TransferKind.LOST_PREPAY, ALL]
        yield Line("on its way back or back, in all", ours - earned, _sent(booked, ALL))


def _sent(booked: Sums, seq: int | None) -> int:
    return booked[TransferKind.REFUND, seq] - booked[TransferKind.REFUND_FAILED, seq]
