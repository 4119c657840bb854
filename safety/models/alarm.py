from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Value

from bookings.models import Booking
from bookings.models.ranges import MsRange

# Two taps of a shaking hand are one call for help.
ONCE_MS = 60_000
# So many all-clears of a meeting are at once and told by mail: nobody is to be flooded by going back and forth.
MOST_ALL_CLEARS = 5


class Alarm(models.Model):
    """One of the two asked for help. Rows are only ever added: a trigger refuses anything else."""

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at_ms = models.BigIntegerField()
    all_clears_before = models.PositiveSmallIntegerField(
        db_default=0, help_text="A call that comes after an all-clear is another one, however soon."
    )

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="alarm_once_a_minute",
                expressions=[
                    ("booking", RangeOperators.EQUAL),
                    ("user", RangeOperators.EQUAL),
                    ("all_clears_before", RangeOperators.EQUAL),
                    (MsRange("at_ms", F("at_ms") + ONCE_MS, Value("[)")), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.at_ms}"


class AllClear(models.Model):
    """Who asked for help says that he is well: of his last call, once; it answers the earlier ones too.

    Nobody knows whether he was made to say so: the call stays as it was made, and its case with the moderators.
    Triggers keep the row as it is, and see to it that it comes after its call and that he has not called again.
    """

    alarm = models.OneToOneField(Alarm, on_delete=models.PROTECT, primary_key=True, related_name="all_clear")
    at_ms = models.BigIntegerField()

    def __str__(self) -> str:
        return f"all clear of alarm {self.alarm_id}"


class Position(models.Model):
    """Where somebody was who asked for help and agreed, at that moment, that this is kept. Erased with his link."""

    alarm = models.OneToOneField(Alarm, on_delete=models.PROTECT, primary_key=True, related_name="position")
    sealed = models.BinaryField(help_text='"latitude,longitude,metres", sealed.')
    consented_ms = models.BigIntegerField()
    version = models.CharField(max_length=10, db_default="2026-11", help_text="The wording that was agreed to.")

    def __str__(self) -> str:
        return f"position of alarm {self.alarm_id}"
