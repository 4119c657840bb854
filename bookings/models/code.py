"""The codes with which two who meet in person start and end the clock."""

import secrets

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from bookings.models.booking import Booking

TRIES = 5


def six_digits() -> str:
    return f"{secrets.randbelow(1_000_000):06d}"


class MeetingCode(models.Model):
    """Six digits the client shows and the companion types. Five wrong tries, and a new one takes its place."""

    class Purpose(models.TextChoices):
        START = "start"
        END = "end"

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="codes")
    purpose = models.CharField(max_length=5, choices=Purpose)
    number = models.PositiveSmallIntegerField(default=1, help_text="Which one: the last of its purpose is valid.")
    digits = models.CharField(max_length=6, default=six_digits)
    tries = models.PositiveSmallIntegerField(default=0, help_text="Wrong ones.")
    used_ms = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["booking", "purpose", "number"], name="code_number_once"),
            models.UniqueConstraint(
                fields=["booking", "purpose"], condition=Q(used_ms__isnull=False), name="code_used_once"
            ),
            models.CheckConstraint(condition=Q(digits__regex=r"^[0-9]{6}$"), name="code_six_digits"),
            models.CheckConstraint(condition=Q(tries__lte=TRIES), name="code_five_tries"),
            models.CheckConstraint(condition=Q(used_ms=None) | Q(tries__lt=TRIES), name="code_not_used_up"),
            models.CheckConstraint(condition=Q(purpose__in=["start", "end"]), name="code_purpose_known"),
        ]

    def __str__(self) -> str:
        return f"{self.booking_id} {self.purpose} #{self.number}"


class CodeEntry(models.Model):
    """A code as a companion's page sent it: again when no answer came, so its key makes it one try.

    Only what was compared with a code is written down; all else changes nothing, however often it is sent.
    """

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="code_entries")
    request_key = models.UUIDField(help_text="Made when it was typed.")
    purpose = models.CharField(max_length=5, choices=MeetingCode.Purpose)
    age_ms = models.BigIntegerField(help_text="How long before it came it was typed, by her phone's word.")
    came_ms = models.BigIntegerField()
    refusal = models.CharField(max_length=20, blank=True, help_text="The error's code; none when it was the right one.")

    class Meta:
        verbose_name_plural = "code entries"
        constraints = [
            models.UniqueConstraint(fields=["booking", "request_key"], name="code_entry_once"),
            models.CheckConstraint(condition=Q(age_ms__gte=0), name="code_entry_typed_before"),
            models.CheckConstraint(condition=Q(purpose__in=["start", "end"]), name="code_entry_purpose_known"),
            models.CheckConstraint(
                condition=Q(refusal__in=["", "wrong_code", "code_replaced"]), name="code_entry_refusal_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.booking_id} {self.purpose} {self.age_ms} ms late"
