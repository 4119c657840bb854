"""What other apps may ask of extras."""

from extras.services.answering import decline, lapse_due, part, take_back
from extras.services.asking import ask, asks_until_ms, check_askable, check_room, has_extras, is_open, may_ask
from extras.services.books import check_extras
from extras.services.erasing import KEPT_DAYS, erase_due
from extras.services.evidence import evidence_of, held_with_their_bookings, names_of
from extras.services.explaining import explained
from extras.services.keeping import forget_due, keep_photo, kept_photo
from extras.services.paying import hold_money, look_for_payment, paid, payment_for, refund_moved
from extras.services.photos import photo_for
from extras.services.resealing import reseal_extras

__all__ = [
    "KEPT_DAYS",
    "ask",
    "asks_until_ms",
    "check_askable",
    "check_extras",
    "check_room",
    "decline",
    "erase_due",
    "evidence_of",
    "explained",
    "forget_due",
    "has_extras",
    "held_with_their_bookings",
    "hold_money",
    "is_open",
    "keep_photo",
    "kept_photo",
    "lapse_due",
    "look_for_payment",
    "may_ask",
    "names_of",
    "paid",
    "part",
    "payment_for",
    "photo_for",
    "refund_moved",
    "reseal_extras",
    "take_back",
]
