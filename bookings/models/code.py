"""The codes with which two who meet in person start and end the clock."""

import secrets

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext

from accounts.models import User
from bookings.models.booking import Booking
from common.clock import moment

TRIES = 5
REFUSALS = ("wrong_code", "code_replaced", "missed_meanwhile", "missed_and_wrong")


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

    Only what was compared with a code is written down; all else changes nothing, however often it is sent. What is
    written down stays: it is the evidence of whoever says that the two had met.
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
            models.CheckConstraint(condition=Q(refusal__in=["", *REFUSALS]), name="code_entry_refusal_known"),
        ]

    def __str__(self) -> str:
        return f"{self.booking_id} {self.purpose} {self.age_ms} ms late"

    def review_title(self) -> str:
        booking = self.booking
        return f"{booking.code} · {booking.client.display_name} · {booking.terms.companion_name}"

    def review_owner(self) -> User:
        """Who typed it."""
        return self.booking.companion

    def review_parties(self) -> list[User]:
        """Neither of the two decides what speaks for one of them."""
        return [self.booking.client, self.booking.companion]

    def review_rows(self) -> list[tuple[str, str, str]]:
        """Who was to meet when, who was held not to have come, and what she typed when, by her phone's word."""
        booking = self.booking
        missing = booking.missed_by.display_name if booking.missed_by else gettext("Not closed yet")
        said = [
            (gettext("Booking"), booking.code),
            (gettext("Agreed time"), _hour(booking.starts_ms or 0)),
            (gettext("Held not to have come"), missing),
            (gettext("Typed, by her phone"), _hour(self.came_ms - self.age_ms)),
            (gettext("Reached us"), _hour(self.came_ms)),
        ]
        return [(label, words, words) for label, words in said]

    def review_choices(self) -> dict[str, str]:
        """How a moderator's page speaks of this kind of case. No money moves by it."""
        met, not_met = gettext("They met"), gettext("Not shown that they met")
        return {
            "approve": met,
            "reject": not_met,
            "hint": gettext("What the two said. The booking stays closed: what is owed is put right by hand."),
            "approved": met,
            "rejected": not_met,
            "case.opened": gettext("A start code came after the no-show"),
            "case.approved": met,
            "case.rejected": not_met,
        }


def _hour(ms: int) -> str:
    return date_format(localtime(moment(ms)), "Y-m-d H:i:s")
