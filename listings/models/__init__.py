from listings.models.companion import ONLINE_FOR, Companion, Gender, SpokenLanguage
from listings.models.listing import Listing, Sort, State
from listings.models.revision import Decision, ListingRevision
from listings.models.text import MAX_TOPICS, ListingText

__all__ = [
    "MAX_TOPICS",
    "ONLINE_FOR",
    "Companion",
    "Decision",
    "Gender",
    "Listing",
    "ListingRevision",
    "ListingText",
    "Sort",
    "SpokenLanguage",
    "State",
]
