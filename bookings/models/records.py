"""What is written once about a booking: what was agreed, each live stretch, each step of its life."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q, Value

from bookings.models.booking import Booking
from bookings.models.move import Move
from bookings.models.ranges import MsRange
from bookings.models.states import JUDGED, StopReason


class Terms(models.Model):
    """What both agreed to, copied when the order was made. A trigger refuses to change it."""

    booking = models.OneToOneField(Booking, on_delete=models.PROTECT, primary_key=True, related_name="terms")
    kind = models.CharField(max_length=20)
    headline = models.CharField(max_length=200)
    companion_name = models.CharField(max_length=60)
    price_unit = models.CharField(max_length=8, default="hour", help_text="What price_fen is for: hour or visit.")
    price_fen = models.BigIntegerField(help_text="Fen per hour, or for a visit.")
    included_min = models.IntegerField(default=0, help_text="Minutes a visit's price includes.")
    overtime_fen = models.BigIntegerField(default=0, help_text="Fen per half hour begun after what a visit includes.")
    ordered_min = models.IntegerField(help_text="Minutes ordered at first; what was paid on top is an Extension.")
    prepaid_fen = models.BigIntegerField(help_text="The sum asked for at checkout.")
    shared_by = models.PositiveSmallIntegerField(
        default=1, db_default=1, help_text="How many pay that sum before its companion is asked; see Share."
    )
    promise_ms = models.BigIntegerField(
        null=True, blank=True, help_text="Reply promise; a longer wait is not billed. None where two meet in person."
    )
    accept_window_ms = models.BigIntegerField(help_text="Time to accept, from payment.")
    first_message_window_ms = models.BigIntegerField(help_text="Time to the companion's first message.")
    pause_limit_ms = models.BigIntegerField(help_text="An absence this long ends the booking.")
    client_pause_limit_ms = models.BigIntegerField(
        default=1_800_000, help_text="The client's own pauses, all together, end the booking after this."
    )
    companion_grace_ms = models.BigIntegerField(
        default=30_000, help_text="A companion gone for so long was away, from the second she went."
    )
    client_grace_ms = models.BigIntegerField(
        default=180_000, help_text="The clock stops when the client has been gone for so long."
    )
    refund_policy = models.JSONField(help_text="Percent that goes back, by who cancels and when.")
    place = models.CharField(max_length=200, blank=True, default="", help_text="Where two meet who meet in person.")
    note = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        verbose_name_plural = "terms"
        constraints = [
            models.CheckConstraint(condition=Q(price_fen__gt=0, prepaid_fen__gt=0), name="terms_have_price"),
            models.CheckConstraint(
                condition=Q(price_unit="hour", included_min=0, overtime_fen=0)
                | Q(price_unit="visit", included_min__gt=0, overtime_fen__gte=0, ordered_min=F("included_min")),
                name="terms_price_unit",
            ),
            models.CheckConstraint(condition=Q(ordered_min__gt=0), name="terms_order_time"),
            models.CheckConstraint(
                condition=Q(shared_by__gte=1, shared_by__lte=4, prepaid_fen__gte=F("shared_by")),
                name="terms_shared_by_somebody",
            ),
            models.CheckConstraint(
                condition=(Q(promise_ms=None) | Q(promise_ms__gt=0))
                & Q(
                    accept_window_ms__gt=0,
                    first_message_window_ms__gt=0,
                    pause_limit_ms__gt=0,
                    client_pause_limit_ms__gt=0,
                    companion_grace_ms__gt=0,
                    client_grace_ms__gt=0,
                ),
                name="terms_windows_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"terms of {self.booking_id}"

    @property
    def is_shared(self) -> bool:
        """Several pay the price, each a Share of it. An order that one pays has none (bookings/sql/shares.sql)."""
        return self.shared_by > 1


class Segment(models.Model):
    """A live stretch, [start_ms, end_ms). All of them are the receipt; nobody serves two at once.

    A trigger keeps them: until its booking is settled the end of one may move forward in time, nothing else changes.
    """

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
    """One change of state, written by a trigger, or time paid on top, or another start: the booking's timeline, and the
    outbox for the apps above."""

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="steps")
    state = models.CharField(max_length=16)
    pause_reason = models.CharField(max_length=16, null=True)
    minutes = models.PositiveIntegerField(null=True, help_text="Of time paid on top, or asked for.")
    move = models.ForeignKey(
        Move, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, help_text="What it tells of."
    )
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
