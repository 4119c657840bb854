from bookings.models.booking import Booking, BookingQuerySet, new_code
from bookings.models.code import TRIES, CodeEntry, MeetingCode
from bookings.models.extension import Extension
from bookings.models.records import Segment, Step, Terms
from bookings.models.reply import Reply
from bookings.models.review import (
    REVIEW_WINDOW_MS,
    ReportCategory,
    Review,
    ReviewReport,
    Side,
    client_rating,
    reviewable_by,
)
from bookings.models.states import (
    EXTENDED,
    EXTENSION_ASKED,
    FINISHED,
    JUDGED,
    NOT_EXTENDED,
    OPEN,
    PARTLY_KEPT,
    RUNNING,
    TOGETHER,
    TRANSITIONS,
    UNANSWERED,
    UNSETTLED,
    PauseReason,
    State,
    StopReason,
)
from bookings.models.timer import Timer

__all__ = [
    "EXTENDED",
    "EXTENSION_ASKED",
    "FINISHED",
    "JUDGED",
    "NOT_EXTENDED",
    "OPEN",
    "PARTLY_KEPT",
    "REVIEW_WINDOW_MS",
    "RUNNING",
    "TOGETHER",
    "TRANSITIONS",
    "TRIES",
    "UNANSWERED",
    "UNSETTLED",
    "Booking",
    "BookingQuerySet",
    "CodeEntry",
    "Extension",
    "MeetingCode",
    "PauseReason",
    "Reply",
    "ReportCategory",
    "Review",
    "ReviewReport",
    "Segment",
    "Side",
    "State",
    "Step",
    "StopReason",
    "Terms",
    "Timer",
    "client_rating",
    "new_code",
    "reviewable_by",
]
