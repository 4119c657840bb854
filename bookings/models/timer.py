from django.db import models
from django.db.models import Q

from bookings.models.booking import Booking


class Timer(models.Model):
    """A booking's due_ms once more, in a narrow row of its own, kept by a trigger (bookings/sql/timers.sql).

    Whoever looks for what is due looks here. An index on the booking's own column would have all its other indexes
    written for each minute of each live order, because the row would be another one each time.
    """

    booking = models.OneToOneField(Booking, on_delete=models.PROTECT, primary_key=True, related_name="+")
    due_ms = models.BigIntegerField()
    metered = models.BooleanField(
        help_text="The meter's (live or paused): what else is due does not look through them."
    )

    class Meta:
        indexes = [
            models.Index(fields=["due_ms"], condition=Q(metered=True), name="timer_metered"),
            models.Index(fields=["due_ms"], condition=Q(metered=False), name="timer_other"),
        ]

    def __str__(self) -> str:
        return f"{self.booking_id} at {self.due_ms}"
