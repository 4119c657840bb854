"""What other apps may ask of bookings."""

from bookings.services.bill import Bill, bill_of
from bookings.services.cancelling import Quote, quote
from bookings.services.figures import figures_of, measure_all, measure_changed
from bookings.services.lifecycle import accept, cancel, decline, end, pause, resume
from bookings.services.metering import announce, announce_waiting, sweep
from bookings.services.ordering import order, paid, payable, payment_of
from bookings.services.parting import kept_by_parting, part
from bookings.services.reviews import (
    answer_review,
    check_ratings,
    closes_ms,
    report_review,
    show_due,
    side_of,
    write_review,
)
from bookings.services.telling import tell_watchers
from bookings.services.timers import run_due, tick
from bookings.services.times import is_busy, lengths_now

__all__ = [
    "Bill",
    "Quote",
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
    "figures_of",
    "is_busy",
    "kept_by_parting",
    "lengths_now",
    "measure_all",
    "measure_changed",
    "order",
    "paid",
    "part",
    "pause",
    "payable",
    "payment_of",
    "quote",
    "report_review",
    "resume",
    "run_due",
    "show_due",
    "side_of",
    "sweep",
    "tell_watchers",
    "tick",
    "write_review",
]
