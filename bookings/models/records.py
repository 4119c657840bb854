"""What is written once about a booking: what was agreed, each live stretch, each step of its life."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q, Value

from bookings.models.booking import Booking
from bookings.models.ranges import MsRange
from bookings.models.states import JUDGED, StopReason


class Terms(models.Model):
    """What both agreed to, copied when the order was made. A trigger refuses to change it."""

    booking = models.OneToOneField(Booking, on_delete=models.PROTECT, primary_key=True, related_name="terms")
    kind = models.CharField(max_length=20)
    headline = models.CharField(max_length=200)
    companion_name = models.CharField(max_length=60)
    price_fen = models.BigIntegerField(help_text="Fen per hour.")
    prepaid_fen = models.BigIntegerField(help_text="The sum asked for at checkout.")
    promise_ms = models.BigIntegerField(help_text="Reply promise; a longer wait is not billed.")
    accept_window_ms = models.BigIntegerField(help_text="Time to accept, from payment.")
    first_message_window_ms = models.BigIntegerField(help_text="Time to the companion's first message.")
    pause_limit_ms = models.BigIntegerField(help_text="An absence this long ends the booking.")
    refund_policy = models.JSONField(help_text="Percent that goes back, by who cancels and when.")
    note = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        verbose_name_plural = "terms"
        constraints = [
            models.CheckConstraint(condition=Q(price_fen__gt=0, prepaid_fen__gt=0), name="terms_have_price"),
            models.CheckConstraint(
                condition=Q(
                    promise_ms__gt=0, accept_window_ms__gt=0, first_message_window_ms__gt=0, pause_limit_ms__gt=0
                ),
                name="terms_windows_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"terms of {self.booking_id}"


class Segment(models.Model):
    """A live stretch, [start_ms, end_ms). All of them are the receipt; nobody serves two at once."""

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="segments")
    companion = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    start_ms = models.BigIntegerField()
    end_ms = models.BigIntegerField()
    stop_reason = models.CharField(max_length=20, choices=StopReason)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(end_ms__gte=F("start_ms")), name="segment_forward"),
            models.CheckConstraint(condition=Q(stop_reason__in=StopReason.values), name="segment_reason_known"),
            ExclusionConstraint(
                name="segment_no_overlap",
                expressions=[
                    ("companion", RangeOperators.EQUAL),
                    (MsRange("start_ms", "end_ms", Value("[)")), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [models.Index(fields=["booking", "start_ms"], name="segment_of_booking")]

    def __str__(self) -> str:
        return f"{self.booking_id} {self.start_ms}–{self.end_ms} {self.stop_reason}"


class Step(models.Model):
    """One change of state, written by a trigger: the booking's timeline, and the outbox for the apps above."""

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="steps")
    state = models.CharField(max_length=16)
    pause_reason = models.CharField(max_length=16, null=True)
    at_ms = models.BigIntegerField(help_text="The moment itself, which may lie before its detection.")
    told = models.BooleanField(default=False, help_text="The apps above have heard of it.")

    class Meta:
        indexes = [
            models.Index(fields=["booking", "id"], name="step_of_booking"),
            models.Index(fields=["id"], condition=Q(told=False), name="step_to_tell"),
            models.Index(fields=["at_ms"], condition=Q(state__in=JUDGED), name="step_judged"),
        ]

    def __str__(self) -> str:
        return f"{self.booking_id} {self.state}"
