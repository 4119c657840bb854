"""Time paid on top of an order."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from bookings.models.booking import Booking


class Extension(models.Model):
    """So many minutes more for so much, of one booking. The money is payment number `payment_seq` of its reference.

    Who may not pay (the companion) can only ask. Paid in time, it is granted; paid when the clock has run out, it is
    missed, and the money goes back.
    """

    class State(models.TextChoices):
        ASKED = "asked"
        OPEN = "open"
        GRANTED = "granted"
        MISSED = "missed"
        DROPPED = "dropped"

    WAITING = (State.ASKED, State.OPEN)

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="extensions")
    request_key = models.UUIDField(help_text="Made with the button: a second tap is the same extension.")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    minutes = models.PositiveIntegerField()
    amount_fen = models.BigIntegerField(help_text="What exactly these minutes cost after those granted before.")
    payment_seq = models.PositiveSmallIntegerField(null=True, blank=True, help_text="None while it is only asked for.")
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    decided_ms = models.BigIntegerField(null=True, blank=True, help_text="When it was granted, missed or dropped.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["booking", "request_key"], name="extension_request_once"),
            models.UniqueConstraint(fields=["booking", "payment_seq"], name="extension_payment_once"),
            models.UniqueConstraint(
                fields=["booking"], condition=Q(state__in=["asked", "open"]), name="extension_one_waits"
            ),
            models.CheckConstraint(condition=Q(minutes__gt=0, amount_fen__gt=0), name="extension_is_something"),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "open"], decided_ms=None)
                | Q(state__in=["granted", "missed", "dropped"], decided_ms__isnull=False),
                name="extension_decided_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "dropped"]) | Q(payment_seq__isnull=False),
                name="extension_granted_for_money",
            ),
            models.CheckConstraint(condition=Q(payment_seq=None) | Q(payment_seq__gt=1), name="extension_after_order"),
        ]

    def __str__(self) -> str:
        return f"{self.booking_id} +{self.minutes} min {self.state}"

    @property
    def granted_ms(self) -> int:
        return self.minutes * 60_000
