from listings.services.booking import bookable
from listings.services.presence import seen, set_accepting
from listings.services.profile import save_profile
from listings.services.review import REVIEW, apply_decision, hide, show, submit_listing, withdraw

__all__ = [
    "REVIEW",
    "apply_decision",
    "bookable",
    "hide",
    "save_profile",
    "seen",
    "set_accepting",
    "show",
    "submit_listing",
    "withdraw",
]
