from listings.services.availability import (
    bookable_windows,
    check_free,
    free_for_minutes,
    free_slots,
    free_windows,
    has_hours,
    next_free,
)
from listings.services.booking import bookable_later, bookable_now
from listings.services.figures import Measured, record_figures
from listings.services.hours import drop_special_day, rotate_calendar_key, set_notice, set_special_day, set_week
from listings.services.keeping import keep, let_go, unwatch, watch
from listings.services.presence import seen, set_accepting
from listings.services.profile import save_profile
from listings.services.rating import record_review, take_back_review
from listings.services.review import REVIEW, apply_decision, hide, show, submit_listing, withdraw
from listings.services.taking import give_back_time, take_time
from listings.services.telling import bookable_listing, notice_seen, tell_watchers, waited_for

__all__ = [
    "REVIEW",
    "Measured",
    "apply_decision",
    "bookable_later",
    "bookable_now",
    "bookable_windows",
    "check_free",
    "drop_special_day",
    "free_for_minutes",
    "free_slots",
    "free_windows",
    "bookable_listing",
    "give_back_time",
    "has_hours",
    "hide",
    "next_free",
    "rotate_calendar_key",
    "keep",
    "let_go",
    "notice_seen",
    "record_figures",
    "record_review",
    "save_profile",
    "seen",
    "set_accepting",
    "set_notice",
    "set_special_day",
    "set_week",
    "show",
    "submit_listing",
    "take_back_review",
    "take_time",
    "tell_watchers",
    "unwatch",
    "waited_for",
    "watch",
    "withdraw",
]
