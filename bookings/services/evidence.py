"""What a payer's bank is told of an order, in English: what was ordered, what was served, what was agreed on.

Nothing here says what kind of help it was, where, or what was written about it: a visit to a hospital tells of
somebody's health, and a bank has no business with that.
"""

from collections.abc import Iterator
from uuid import UUID

from bookings.models import Booking, MeetingCode, Segment, StopReason
from bookings.services.bill import Bill, bill_of
from bookings.services.cancelling import DAY_MS, Rule, late_cancel_ms, percent_back
from bookings.services.price import HOUR
from bookings.services.unserved import what_became
from common.clock import MS_PER_MINUTE, database_now_ms, moment
from common.money import format_yuan
from payments.services import Evidence

MS_PER_HOUR = DAY_MS // 24
STOPPED = {
    StopReason.CLIENT: "the client paused",
    StopReason.REPLY_OVERDUE: "the companion's reply took longer than promised; not charged any further",
    StopReason.COMPANION_AWAY: "the companion was away",
    StopReason.CLIENT_AWAY: "the client was away",
    StopReason.ENDED_BY_CLIENT: "the client ended it",
    StopReason.ENDED_BY_COMPANION: "the companion ended it",
    StopReason.DEADLINE: "the prepaid time was used up",
}
BY_US = "we ended it when this payment was disputed"
REFUNDS = {
    Rule.BEFORE_ACCEPTANCE: "before the companion has accepted",
    Rule.BEFORE_LIVE: "after that, before the clock has started",
    Rule.EARLY_CANCEL: "an appointment, at least {hours} hours before it begins",
    Rule.LATE_CANCEL: "an appointment, less than {hours} hours before it begins",
    Rule.COMPANION_CANCEL: "the companion cancels",
    Rule.CLIENT_NO_SHOW: "the client does not come",
    Rule.COMPANION_NO_SHOW: "the companion does not come",
}


def of_order(ref: UUID) -> list[Evidence]:
    """Nothing of what is no order."""
    booking = Booking.objects.select_related("terms", "turn").filter(pk=ref).first()
    if booking is None:
        return []
    bill = bill_of(booking, now_ms=database_now_ms())
    return [
        Evidence("product_description", _ordered(booking)),
        *([Evidence("service_date", f"{moment(bill.stretches[0].start_ms):%Y-%m-%d}")] if bill.stretches else []),
        Evidence("access_activity_log", "\n".join(_log(booking, bill))),
        Evidence("refund_policy_disclosure", "\n".join(_policy(booking))),
        Evidence("uncategorized_text", "\n".join(_receipt(booking, bill))),
    ]


def _ordered(booking: Booking) -> str:
    how = "in our text chat" if booking.online else "in person"
    when = f"for {_utc(booking.starts_ms)}" if booking.starts_ms else "to begin at once"
    whom = booking.terms.companion_name.split()[0]
    return (
        f"Order {booking.code}: a person's time, {how}, {booking.granted_ms // MS_PER_MINUTE} minutes with {whom}; "
        f"ordered {booking.created_at:%Y-%m-%d %H:%M} UTC, {when}."
    )


def _log(booking: Booking, bill: Bill) -> Iterator[str]:
    """Each stretch that was served and why it stopped, and the codes that two exchanged who met."""
    segments = list(booking.segments.order_by("start_ms"))
    for segment in segments:
        yield f"Served from {_utc(segment.start_ms)} to {_utc(segment.end_ms)}: {_why(booking, segment, segments[-1])}."
    if booking.live_since_ms:
        yield f"Being served since {_utc(booking.live_since_ms)}."
    for code in booking.codes.filter(used_ms__isnull=False).order_by("used_ms"):
        what = "began" if code.purpose == MeetingCode.Purpose.START else "ended"
        yield f"The two {what} it at {_utc(code.used_ms or 0)}: the client gave the companion a code in person."
    yield f"{bill.minutes} full minutes were served and are charged." if bill.stretches else what_became(booking)


def _why(booking: Booking, segment: Segment, last: Segment) -> str:
    return BY_US if booking.disputed and segment == last else STOPPED[StopReason(segment.stop_reason)]


def _policy(booking: Booking) -> Iterator[str]:
    yield "Shown before payment, agreed to by paying, and copied into the order when it was made. What goes back if"
    hours = late_cancel_ms(booking.terms) // MS_PER_HOUR
    for rule, words in REFUNDS.items():
        yield f"- {words.format(hours=hours)}: {percent_back(booking.terms, rule)}%"
    yield "Unused prepaid time goes back by itself at the end; full minutes that were served are charged."


def _receipt(booking: Booking, bill: Bill) -> Iterator[str]:
    terms = booking.terms
    unit = "an hour" if terms.price_unit == HOUR else f"with {terms.included_min} minutes"
    yield f"Price: {format_yuan(terms.price_fen)} {unit}; prepaid {format_yuan(bill.prepaid)}."
    yield f"Charged: {format_yuan(bill.cost + bill.kept)}; not used: {format_yuan(bill.unused)}."


def _utc(ms: int) -> str:
    return f"{moment(ms):%Y-%m-%d %H:%M:%S} UTC"
