"""When a companion can be booked: hours of each week, and dates that are different."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import IntegerRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from listings.models.companion import Companion

DAY_MINUTES = 1440


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class WeekMinutes(Func):
    """The minutes of the week (a multirange) of weekday, start and length; see sql/week_minutes.sql."""

    function = "listings_week_minutes"
    output_field = IntegerRangeField()


class MinuteRange(Func):
    """[start, end) of two numbers."""

    function = "int4range"
    output_field = IntegerRangeField()


class Hours(models.Model):
    """From `start_min` minutes after midnight in Shanghai, for `length_min` minutes: they may end the next day."""

    start_min = models.PositiveSmallIntegerField()
    length_min = models.PositiveSmallIntegerField()

    class Meta:
        abstract = True

    @property
    def end_min(self) -> int:
        """Minutes after the midnight they began after; beyond 1440 it is the next day."""
        return self.start_min + self.length_min


def _within_a_day() -> Q:
    return Q(start_min__lt=DAY_MINUTES, length_min__range=(1, DAY_MINUTES))


class WeeklyHours(Hours):
    """Hours of every week, counted to the weekday on which they begin. One companion's never overlap."""

    companion = models.ForeignKey(Companion, models.CASCADE, related_name="weekly_hours")
    weekday = models.PositiveSmallIntegerField(choices=Weekday)

    class Meta:
        ordering = ["weekday", "start_min"]
        constraints = [
            models.CheckConstraint(
                condition=_within_a_day() & Q(weekday__in=Weekday.values), name="weekly_hours_bounds"
            ),
            ExclusionConstraint(
                name="weekly_hours_apart",
                expressions=[
                    ("companion", RangeOperators.EQUAL),
                    (WeekMinutes("weekday", "start_min", "length_min"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.start_min} +{self.length_min}"


class SpecialDay(models.Model):
    """A date whose hours replace those of its weekday; without hours of its own it is a day off."""

    companion = models.ForeignKey(Companion, models.CASCADE, related_name="special_days")
    day = models.DateField()

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["companion", "day"], name="special_day_once")]

    def __str__(self) -> str:
        return f"{self.companion_id} {self.day}"


class SpecialHours(Hours):
    """Hours of one date, instead of the weekly ones that begin on it."""

    special_day = models.ForeignKey(SpecialDay, models.CASCADE, related_name="hours")

    class Meta:
        ordering = ["start_min"]
        constraints = [
            models.CheckConstraint(condition=_within_a_day(), name="special_hours_bounds"),
            ExclusionConstraint(
                name="special_hours_apart",
                expressions=[
                    ("special_day", RangeOperators.EQUAL),
                    (MinuteRange(F("start_min"), F("start_min") + F("length_min")), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.special_day} {self.start_min} +{self.length_min}"
