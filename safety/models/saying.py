"""What the two of a meeting tell each other about finding each other."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from bookings.models import Booking

LATE_MINUTES = (5, 10, 15, 30)
MOST_DIRECTIONS = 300


class Delay(models.Model):
    """How late somebody says he will be. The latest of each counts; a trigger keeps all of them as they are."""

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(help_text="Made with the form: a second tap says it once.")
    minutes = models.PositiveSmallIntegerField()
    at_ms = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["booking", "user", "key"], name="delay_once"),
            models.CheckConstraint(condition=Q(minutes__in=LATE_MINUTES), name="delay_minutes_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.minutes} min late"


class Directions(models.Model):
    """Where one of the two is to be found, in words for the other: "exit 7, on the left". The latest text stays."""

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=MOST_DIRECTIONS)
    at_ms = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "directions"
        constraints = [
            models.UniqueConstraint(fields=["booking", "user"], name="directions_one_each"),
            models.CheckConstraint(condition=Q(text__trim__length__gte=1), name="directions_say_something"),
        ]

    def __str__(self) -> str:
        return self.text
