from listings.models.application import Application, ApplicationState
from listings.models.browsing import Filters, Sort, State, still_valid
from listings.models.companion import ONLINE_FOR, Companion
from listings.models.listing import Listing
from listings.models.profile import PROFILE_FIELDS, Gender, SpokenLanguage
from listings.models.proposal import Decision, Proposal
from listings.models.revision import ListingRevision, ProfileRevision
from listings.models.taken import TakenTime
from listings.models.text import MAX_TOPICS, TEXT_FIELDS, ListingText

__all__ = [
    "MAX_TOPICS",
    "ONLINE_FOR",
    "TEXT_FIELDS",
    "PROFILE_FIELDS",
    "Application",
    "ApplicationState",
    "Companion",
    "Decision",
    "Filters",
    "Gender",
    "Listing",
    "ListingRevision",
    "ListingText",
    "ProfileRevision",
    "Proposal",
    "Sort",
    "SpokenLanguage",
    "State",
    "TakenTime",
    "still_valid",
]
