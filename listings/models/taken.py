from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Now

from listings.models.companion import Companion


class TimeRange(Func):
    """[start, end) of two columns."""

    function = "tstzrange"
    output_field = DateTimeRangeField()


class TakenTime(models.Model):
    """A stretch of a companion's time that is promised to somebody. Two of them never overlap.

    `ref` says what for, in the words of whoever took it; `free_again_at` is the end plus the pause after it.
    `sets_off_at` is when she must be free to be there in time; None where there is no way to go. Between two promises
    lies the longer of the pause after the first and the way to the second, never both: she goes that way once.
    """

    companion = models.ForeignKey(Companion, models.CASCADE, related_name="taken")
    ref = models.UUIDField(unique=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    free_again_at = models.DateTimeField()
    sets_off_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_at__lte=F("ends_at"), ends_at__lte=F("free_again_at")), name="taken_time_forward"
            ),
            models.CheckConstraint(condition=Q(sets_off_at__lte=F("starts_at")), name="taken_time_way_before"),
            ExclusionConstraint(
                name="taken_time_once",
                expressions=[
                    ("companion", RangeOperators.EQUAL),
                    (TimeRange("starts_at", "free_again_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
            ),
            # Beside the other and not one range for both: that would ask for the pause and then for the way as well.
            ExclusionConstraint(
                name="taken_time_way",
                expressions=[
                    ("companion", RangeOperators.EQUAL),
                    (
                        TimeRange(Coalesce("sets_off_at", "starts_at"), "ends_at", RangeBoundary()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.companion_id} {self.starts_at:%F %R}–{self.ends_at:%R}"


def pause_end(companion: str) -> Subquery:
    """When the pause she is in is over, NULL where she is in none; `companion` is the column of her id outside. Of one
    companion there is one at most, see `taken_time_once`."""
    pauses = TakenTime.objects.filter(companion=OuterRef(companion), ends_at__lte=Now(), free_again_at__gt=Now())
    return Subquery(pauses.values("free_again_at")[:1])
