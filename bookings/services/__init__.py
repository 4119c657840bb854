"""What other apps may ask of bookings."""

from bookings.services.agreeing import agree_to_move
from bookings.services.bill import Bill, bill_of
from bookings.services.cancelling import Quote, missed_quote, quote
from bookings.services.disputed import dispute_letter_key
from bookings.services.explaining import Explanation, explain
from bookings.services.extending import (
    Offer,
    ask_for_more,
    asked_of,
    drop_extension,
    extend,
    first_choice,
    look_for_payment,
    offers,
    paid_on_top,
    payment_for,
)
from bookings.services.figures import figures_of, measure_all, measure_changed
from bookings.services.lifecycle import accept, cancel, decline, end, pause, resume
from bookings.services.meeting import arrive, code_of, enter_code, meets_from_ms
from bookings.services.metering import announce, announce_waiting, sweep
from bookings.services.moving import (
    decline_move,
    may_move,
    moves_late,
    other_starts,
    propose_move,
    standing_move,
    take_back_move,
)
from bookings.services.ordering import check_order, order, paid, payment_of
from bookings.services.parting import are_parted, kept_by_parting, part
from bookings.services.reviews import (
    answer_review,
    check_ratings,
    closes_ms,
    kept_apart,
    report_review,
    show_due,
    side_of,
    write_review,
)
from bookings.services.sharing import drop_share, look_for_payments, pay_rest, payment_due, take_share
from bookings.services.telling import tell_watchers
from bookings.services.timers import run_due, tick
from bookings.services.times import is_busy, lengths_now, rests_until

__all__ = [
    "Bill",
    "Explanation",
    "Offer",
    "Quote",
    "accept",
    "agree_to_move",
    "announce",
    "announce_waiting",
    "answer_review",
    "are_parted",
    "arrive",
    "ask_for_more",
    "asked_of",
    "bill_of",
    "cancel",
    "check_order",
    "check_ratings",
    "closes_ms",
    "code_of",
    "decline",
    "decline_move",
    "dispute_letter_key",
    "drop_extension",
    "drop_share",
    "end",
    "enter_code",
    "explain",
    "extend",
    "figures_of",
    "first_choice",
    "is_busy",
    "kept_apart",
    "kept_by_parting",
    "lengths_now",
    "look_for_payment",
    "look_for_payments",
    "may_move",
    "measure_all",
    "measure_changed",
    "meets_from_ms",
    "missed_quote",
    "moves_late",
    "offers",
    "order",
    "other_starts",
    "paid",
    "paid_on_top",
    "part",
    "pause",
    "pay_rest",
    "payment_due",
    "payment_for",
    "payment_of",
    "propose_move",
    "quote",
    "report_review",
    "rests_until",
    "resume",
    "run_due",
    "show_due",
    "side_of",
    "standing_move",
    "sweep",
    "take_back_move",
    "take_share",
    "tell_watchers",
    "tick",
    "write_review",
]
