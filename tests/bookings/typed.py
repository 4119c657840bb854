"""Two who agreed on a time, and codes that were typed without a network. All moments are minutes from that time."""

from bookings import services
from bookings.models import Booking, MeetingCode
from common.clock import moment
from tests.clock import set_clock
from tests.orders import MINUTE
from tests.visits import END, START, code


class Meeting:
    """Of two who agreed on a time; his page showed each code long before it was typed."""

    def __init__(self, booking: Booking) -> None:
        self.booking, self.agreed_ms = booking, booking.starts_ms
        self.shown(START, -60)

    def at(self, minutes: float) -> int:
        set_clock(self.agreed_ms + round(minutes * MINUTE))
        return self.agreed_ms + round(minutes * MINUTE)

    def shown(self, purpose: str, minutes: float) -> None:
        """His page showed that code for the first time."""
        digits = code(self.booking, purpose)
        made = moment(self.agreed_ms + round(minutes * MINUTE))
        MeetingCode.objects.filter(booking=self.booking, digits=digits, purpose=purpose).update(created_at=made)

    def types(self, purpose: str, typed: float, comes: float, digits: str = "", **sent) -> Booking:
        """She types it, and it comes later."""
        age_ms = self.at(comes) - self.agreed_ms - round(typed * MINUTE)
        digits = digits or code(self.booking, purpose)
        entry = {"booking": self.booking, "digits": digits, "purpose": purpose, "by": self.booking.companion}
        self.booking = services.enter_code(**entry, age_ms=age_ms, **sent)
        return self.booking

    def starts(self, minutes: float = 0) -> "Meeting":
        self.types(START, minutes, minutes)
        self.shown(END, minutes)
        return self

    def min_of(self, ms: int) -> float:
        return (ms - self.agreed_ms) / MINUTE

    @property
    def began(self) -> float:
        return self.min_of(self.booking.live_since_ms)

    @property
    def ended(self) -> float:
        return self.min_of(self.booking.ended_ms)
