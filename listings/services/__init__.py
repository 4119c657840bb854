from listings.services.booking import bookable
from listings.services.presence import seen, set_accepting
from listings.services.profile import save_profile
from listings.services.review import REVIEW, apply_decision, hide, show, submit_listing, withdraw
from listings.services.shelving import index_words, reindex, sweep_shelf
from listings.services.taking import give_back_time, take_time

__all__ = [
    "REVIEW",
    "apply_decision",
    "bookable",
    "give_back_time",
    "hide",
    "index_words",
    "reindex",
    "save_profile",
    "seen",
    "set_accepting",
    "show",
    "submit_listing",
    "sweep_shelf",
    "take_time",
    "withdraw",
]
