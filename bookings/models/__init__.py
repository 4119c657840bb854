from bookings.models.booking import Booking, new_code
from bookings.models.records import Segment, Step, Terms
from bookings.models.reply import Reply
from bookings.models.states import (
    FINISHED,
    JUDGED,
    OPEN,
    RUNNING,
    TOGETHER,
    TRANSITIONS,
    PauseReason,
    State,
    StopReason,
)

__all__ = [
    "FINISHED",
    "JUDGED",
    "OPEN",
    "RUNNING",
    "TOGETHER",
    "TRANSITIONS",
    "Booking",
    "PauseReason",
    "Reply",
    "Segment",
    "State",
    "Step",
    "StopReason",
    "Terms",
    "new_code",
]
