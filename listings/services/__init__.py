from listings.services.application import (
    APPLICATION,
    answer_rules,
    application_of,
    apply_application_decision,
    begin_application,
    save_offer,
    submit_application,
    withdraw_application,
)
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
from listings.services.lengthening import free_until, lengthen_time
from listings.services.presence import seen, set_accepting
from listings.services.profile import PROFILE, apply_profile_decision, save_profile, withdraw_profile
from listings.services.rating import record_review, take_back_review
from listings.services.review import (
    REVIEW,
    apply_decision,
    hide,
    kinds_open_to,
    refresh_valid_until,
    show,
    submit_listing,
    withdraw,
)
from listings.services.shelving import index_words, reindex, sweep_shelf
from listings.services.taking import give_back_time, promised_within, take_time
from listings.services.telling import (
    bookable_listing,
    clear_watches,
    forget,
    notice_seen,
    tell_watchers,
    waited_for,
)

__all__ = [
    "APPLICATION",
    "PROFILE",
    "REVIEW",
    "Measured",
    "answer_rules",
    "application_of",
    "apply_application_decision",
    "apply_decision",
    "apply_profile_decision",
    "begin_application",
    "bookable_later",
    "bookable_listing",
    "bookable_now",
    "bookable_windows",
    "check_free",
    "clear_watches",
    "drop_special_day",
    "forget",
    "free_for_minutes",
    "free_slots",
    "free_until",
    "free_windows",
    "give_back_time",
    "has_hours",
    "hide",
    "index_words",
    "keep",
    "kinds_open_to",
    "lengthen_time",
    "let_go",
    "next_free",
    "notice_seen",
    "promised_within",
    "record_figures",
    "record_review",
    "refresh_valid_until",
    "reindex",
    "rotate_calendar_key",
    "save_offer",
    "save_profile",
    "seen",
    "set_accepting",
    "set_notice",
    "set_special_day",
    "set_week",
    "show",
    "submit_application",
    "submit_listing",
    "sweep_shelf",
    "take_back_review",
    "take_time",
    "tell_watchers",
    "unwatch",
    "waited_for",
    "watch",
    "withdraw",
    "withdraw_application",
    "withdraw_profile",
]
