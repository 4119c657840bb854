from listings.models.browsing import State
from listings.models.companion import ONLINE_FOR, Companion, Gender, SpokenLanguage
from listings.models.listing import Listing
from listings.models.revision import Decision, ListingRevision
from listings.models.shelf import ShelfEntry, ShelfTerm
from listings.models.taken import TakenTime
from listings.models.text import MAX_TOPICS, TEXT_FIELDS, ListingText

__all__ = [
    "MAX_TOPICS",
    "ONLINE_FOR",
    "TEXT_FIELDS",
    "Companion",
    "Decision",
    "Gender",
    "Listing",
    "ListingRevision",
    "ListingText",
    "ShelfEntry",
    "ShelfTerm",
    "SpokenLanguage",
    "State",
    "TakenTime",
]
