from bookings.models.booking import Booking, new_code
from bookings.models.records import Segment, Step, Terms
from bookings.models.states import FINISHED, OPEN, RUNNING, TOGETHER, TRANSITIONS, PauseReason, State, StopReason

__all__ = [
    "FINISHED",
    "OPEN",
    "RUNNING",
    "TOGETHER",
    "TRANSITIONS",
    "Booking",
    "PauseReason",
    "Segment",
    "State",
    "Step",
    "StopReason",
    "Terms",
    "new_code",
]
