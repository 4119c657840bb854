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
from listings.services.booking import bookable
from listings.services.presence import seen, set_accepting
from listings.services.profile import PROFILE, apply_profile_decision, save_profile, withdraw_profile
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
from listings.services.taking import give_back_time, take_time

__all__ = [
    "APPLICATION",
    "PROFILE",
    "REVIEW",
    "answer_rules",
    "application_of",
    "apply_application_decision",
    "apply_decision",
    "apply_profile_decision",
    "begin_application",
    "bookable",
    "give_back_time",
    "hide",
    "kinds_open_to",
    "refresh_valid_until",
    "save_offer",
    "save_profile",
    "seen",
    "set_accepting",
    "show",
    "submit_application",
    "submit_listing",
    "take_time",
    "withdraw",
    "withdraw_application",
    "withdraw_profile",
]
