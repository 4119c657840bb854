"""Bookings that break a rule of the database as soon as the meter writes something of them."""

from bookings.models import Booking, Segment
from payments.models import Transfer


def has_its_first_minute(booking: Booking) -> None:
    """The ledger has it already, and refuses it."""
    Transfer.objects.create(
        kind="minute",
        ref=booking.pk,
        seq=0,
        upto=1,
        debit_id=booking.hold_account_id,
        credit_id=booking.earned_account_id,
        amount=1,
    )


def has_its_last_stretch(booking: Booking) -> None:
    """The stretch that it would have to write at its deadline lies over one that is there."""
    end = booking.deadline_ms
    Segment.objects.create(
        booking=booking, companion=booking.companion, start_ms=end - 1, end_ms=end, stop_reason="deadline"
    )
