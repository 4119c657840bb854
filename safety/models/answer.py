from django.conf import settings
from django.db import models

from bookings.models import Booking


class Answer(models.Model):
    """That all is well, said by one of the two, once."""

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at_ms = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["booking", "user"], name="answer_once")]

    def __str__(self) -> str:
        return f"{self.user_id} is well"
