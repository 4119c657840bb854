from listings.services.booking import bookable
from listings.services.keeping import keep, let_go, unwatch, watch
from listings.services.presence import seen, set_accepting
from listings.services.profile import save_profile
from listings.services.review import REVIEW, apply_decision, hide, show, submit_listing, withdraw
from listings.services.taking import give_back_time, take_time
from listings.services.telling import bookable_listing, notice_seen, tell_watchers, waited_for

__all__ = [
    "REVIEW",
    "apply_decision",
    "bookable",
    "bookable_listing",
    "give_back_time",
    "hide",
    "keep",
    "let_go",
    "notice_seen",
    "save_profile",
    "seen",
    "set_accepting",
    "show",
    "submit_listing",
    "take_time",
    "tell_watchers",
    "unwatch",
    "waited_for",
    "watch",
    "withdraw",
]
