from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from bookings.models import Booking
from chat.models import Conversation

MOST_ATTEMPTS = 5


class Topic(models.TextChoices):
    MESSAGE = "message"
    ORDER = "order"


class Notice(models.Model):
    """That somebody is to be told, and how far that has come. The row is the queue: `due_ms` is when it is looked at.

    There is one for each talk of two and reader, used again once what it told of was read, and one for each order. A
    trigger (migrations/sql/rules.sql) holds the recipient to the talk or order it tells of.
    """

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    topic = models.CharField(max_length=8, choices=Topic)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, null=True, related_name="+")
    seq = models.BigIntegerField(null=True, help_text="The newest message it tells of; it stands until that is read.")
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, null=True, related_name="+")
    written_ms = models.BigIntegerField()
    due_ms = models.BigIntegerField(null=True, help_text="None: nothing more is to be done.")
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    reached = ArrayField(models.BigIntegerField(), default=list, db_default=[], help_text="Devices that have it.")
    sent_ms = models.BigIntegerField(null=True, help_text="When the first device or a letter took it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recipient", "conversation"], name="notice_once_a_talk"),
            models.UniqueConstraint(fields=["recipient", "booking"], name="notice_once_an_order"),
            models.CheckConstraint(
                condition=Q(topic="message", conversation__isnull=False, seq__isnull=False, seq__gt=0, booking=None)
                | Q(topic="order", conversation=None, seq=None, booking__isnull=False),
                name="notice_tells_of_one",
            ),
            models.CheckConstraint(condition=Q(attempts__range=(0, MOST_ATTEMPTS)), name="notice_attempts_bounded"),
        ]
        indexes = [models.Index(fields=["due_ms"], condition=Q(due_ms__isnull=False), name="notice_due")]

    def __str__(self) -> str:
        return f"{self.topic} to {self.recipient_id}"
