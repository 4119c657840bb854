from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from listings.models.companion import Companion


class TimeRange(Func):
    """[start, end) of two columns."""

    function = "tstzrange"
    output_field = DateTimeRangeField()


class TakenTime(models.Model):
    """A stretch of a companion's time that is promised to somebody. Two of them never overlap.

    `ref` says what for, in the words of whoever took it; `free_again_at` is the end plus the pause after it.
    """

    companion = models.ForeignKey(Companion, models.CASCADE, related_name="taken")
    ref = models.UUIDField(unique=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    free_again_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_at__lte=F("ends_at"), ends_at__lte=F("free_again_at")), name="taken_time_forward"
            ),
            ExclusionConstraint(
                name="taken_time_once",
                expressions=[
                    ("companion", RangeOperators.EQUAL),
                    (TimeRange("starts_at", "free_again_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.companion_id} {self.starts_at:%F %R}–{self.ends_at:%R}"
