from django.db import models
from django.db.models import F, Q

from bookings.models import Booking
from safety.models.case import ReviewedOuting


class Outing(ReviewedOuting, models.Model):
    """One meeting in person, as it is watched over: the target of its cases, and the timer of what is overdue."""

    booking = models.OneToOneField(Booking, on_delete=models.PROTECT, primary_key=True, related_name="+")
    due_ms = models.BigIntegerField(null=True, blank=True, help_text="When it is looked at next.")
    asked_ms = models.BigIntegerField(null=True, blank=True, help_text="The two were asked whether all is well.")
    raised_ms = models.BigIntegerField(null=True, blank=True, help_text="A case was opened for want of an answer.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(raised_ms=None) | Q(asked_ms__isnull=False, raised_ms__gte=F("asked_ms"), due_ms=None),
                name="outing_raised_after_asking",
            ),
        ]
        indexes = [models.Index(fields=["due_ms"], condition=Q(due_ms__isnull=False), name="outing_due")]

    def __str__(self) -> str:
        return f"outing of {self.booking_id}"
