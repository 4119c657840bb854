"""What other apps may ask of bookings."""

from bookings.services.bill import Bill, bill_of
from bookings.services.lifecycle import accept, cancel, decline, end
from bookings.services.metering import announce, announce_waiting, sweep
from bookings.services.ordering import is_busy, order, paid, payable, payment_of
from bookings.services.reviews import (
    answer_review,
    check_ratings,
    closes_ms,
    report_review,
    show_due,
    side_of,
    write_review,
)
from bookings.services.timers import run_due, tick

__all__ = [
    "Bill",
    "accept",
    "announce",
    "announce_waiting",
    "answer_review",
    "bill_of",
    "cancel",
    "check_ratings",
    "closes_ms",
    "decline",
    "end",
    "is_busy",
    "order",
    "paid",
    "payable",
    "payment_of",
    "report_review",
    "run_due",
    "show_due",
    "side_of",
    "sweep",
    "tick",
    "write_review",
]
