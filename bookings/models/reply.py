from django.conf import settings
from django.db import models
from django.db.models import F, Q

from bookings.models.booking import Booking


class Reply(models.Model):
    """How long a question waited: from the client's oldest unanswered message to the companion's next one.

    `asked_ms` is later by what his own pauses have taken since: while he pauses she cannot write.
    Written by bookings_next_turn (bookings/sql/turns.sql) where the turn ends. A question without an answer has none.
    """

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="replies")
    companion = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, db_index=False, related_name="+")
    asked_ms = models.BigIntegerField()
    replied_ms = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "replies"
        constraints = [
            models.CheckConstraint(condition=Q(replied_ms__gte=F("asked_ms")), name="reply_after_question"),
        ]
        indexes = [models.Index(fields=["companion", "replied_ms"], name="reply_of_companion")]

    def __str__(self) -> str:
        return f"{self.booking_id} {self.replied_ms - self.asked_ms} ms"
