from listings.models.browsing import Filters, Sort, State
from listings.models.companion import ONLINE_FOR, Companion, Gender, SpokenLanguage
from listings.models.hours import DAY_MINUTES, SpecialDay, SpecialHours, Weekday, WeeklyHours
from listings.models.keeping import Favourite, Watch
from listings.models.listing import Listing
from listings.models.revision import Decision, ListingRevision
from listings.models.taken import TakenTime
from listings.models.text import MAX_TOPICS, TEXT_FIELDS, ListingText

__all__ = [
    "DAY_MINUTES",
    "MAX_TOPICS",
    "ONLINE_FOR",
    "TEXT_FIELDS",
    "Companion",
    "Decision",
    "Favourite",
    "Filters",
    "Gender",
    "Listing",
    "ListingRevision",
    "ListingText",
    "Sort",
    "SpecialDay",
    "SpecialHours",
    "SpokenLanguage",
    "State",
    "TakenTime",
    "Weekday",
    "WeeklyHours",
    "Watch",
]
