from listings.models.application import Application, ApplicationState, Part
from listings.models.browsing import State, still_valid
from listings.models.companion import ONLINE_FOR, Companion, Meets
from listings.models.hours import DAY_MINUTES, SpecialDay, SpecialHours, Weekday, WeeklyHours
from listings.models.keeping import Favourite, Watch
from listings.models.listing import Listing
from listings.models.profile import PROFILE_FIELDS, Gender, SpokenLanguage
from listings.models.proposal import Decision, Proposal
from listings.models.revision import ListingRevision, ProfileRevision
from listings.models.shelf import ShelfEntry, ShelfTerm
from listings.models.taken import TakenTime, pause_end
from listings.models.text import MAX_TOPICS, TEXT_FIELDS, ListingText

__all__ = [
    "DAY_MINUTES",
    "MAX_TOPICS",
    "ONLINE_FOR",
    "PROFILE_FIELDS",
    "TEXT_FIELDS",
    "Application",
    "ApplicationState",
    "Companion",
    "Decision",
    "Favourite",
    "Gender",
    "Listing",
    "Meets",
    "ListingRevision",
    "ListingText",
    "Part",
    "ProfileRevision",
    "Proposal",
    "ShelfEntry",
    "ShelfTerm",
    "SpecialDay",
    "SpecialHours",
    "SpokenLanguage",
    "State",
    "TakenTime",
    "Watch",
    "Weekday",
    "WeeklyHours",
    "pause_end",
    "still_valid",
]
