from django.db import models
from django.db.models import F, Q

from bookings.models.booking import Booking
from bookings.models.states import Phase


class Turn(models.Model):
    """Whose turn it is to speak: a row of its own, narrow, because nearly each message writes it.

    Made with its booking, and in the booking's phase, by triggers (bookings/sql/phases.sql); a deferred key from
    (booking.id, booking.phase) to here holds the two together. Only who holds the booking's row writes it, so it is to
    be read by a statement after the one that locked: the same one may see it as it was before.
    """

    booking = models.OneToOneField(Booking, on_delete=models.PROTECT, primary_key=True)
    phase = models.CharField(max_length=8, choices=Phase)
    asked_ms = models.BigIntegerField(
        null=True, blank=True, help_text="The client's oldest message not yet replied to, also when it never was."
    )
    awaiting_since_ms = models.BigIntegerField(
        null=True,
        blank=True,
        help_text="From here the promise counts while the clock runs: as much later than asked_ms as the clock stood "
        "meanwhile. None once the promise has passed.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["booking", "phase"], name="turn_in_its_phase"),
            # One rule and not five: each that a table has is read again for each statement that writes to it. Who asked
            # waits, until the promise has passed or the two part; who has parted keeps what was asked last.
            models.CheckConstraint(
                condition=Q(phase__in=[Phase.APART, Phase.TOGETHER], asked_ms=None, awaiting_since_ms=None)
                | Q(phase=Phase.TOGETHER, asked_ms__isnull=False, awaiting_since_ms__isnull=False)
                & Q(awaiting_since_ms__gte=F("asked_ms"))
                | Q(phase=Phase.OVERDUE, asked_ms__isnull=False, awaiting_since_ms=None)
                | Q(phase=Phase.OVER, awaiting_since_ms=None),
                name="turn_as_its_phase",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.booking_id} {self.phase}"
