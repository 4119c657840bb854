from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bookings.models import Booking

MOST_QUICK_REPLIES = 20


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, user: User) -> "ConversationQuerySet":
        return self.filter(Q(client=user.pk) | Q(companion=user.pk))


class Conversation(models.Model):
    """All that two people ever wrote to each other. The columns that move are in no index, so updates stay HOT."""

    client = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    companion = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    booking = models.ForeignKey(
        Booking, on_delete=models.PROTECT, related_name="+", db_index=False, help_text="The latest booking of the two."
    )
    last_seq = models.BigIntegerField(default=0)
    gate = models.BooleanField(default=False, help_text="Open for writing; the booking's clock is asked as well.")

    objects = ConversationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "companion"], name="conversation_of_pair"),
            models.CheckConstraint(condition=~Q(client=F("companion")), name="conversation_between_two"),
        ]
        indexes = [models.Index(fields=["companion"], name="conversation_of_companion")]

    def __str__(self) -> str:
        return f"conversation {self.pk}"


class Message(models.Model):
    """One line of a conversation; seq counts from 1 without gaps. A system line has no sender and a JSON body."""

    class Kind(models.TextChoices):
        TEXT = "text"
        SYSTEM = "system"

    pk = models.CompositePrimaryKey("conversation_id", "seq")
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="messages", db_index=False)
    seq = models.BigIntegerField()
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    cmid = models.UUIDField(null=True, help_text="The sender's own id of the message: sent twice, it is here once.")
    kind = models.CharField(max_length=10, choices=Kind)
    body = models.TextField()
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="+")
    at_ms = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "sender", "cmid"], name="message_once"),
            models.CheckConstraint(condition=Q(seq__gt=0), name="message_seq_from_one"),
            models.CheckConstraint(
                condition=Q(kind="system", sender=None, cmid=None)
                | Q(kind="text", sender__isnull=False, cmid__isnull=False),
                name="message_has_sender_or_is_system",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}#{self.seq}"


class QuickReply(models.Model):
    """A line a companion keeps at hand while she writes. Positions are 1 to 20 without gaps, so nobody has more."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="quick_replies", db_index=False
    )
    position = models.PositiveSmallIntegerField()
    text = models.CharField(_("Quick reply"), max_length=200)

    class Meta:
        verbose_name_plural = "quick replies"
        ordering = ["position"]
        constraints = [
            # Looked at when the transaction ends: two that change places are in each other's for a moment.
            models.UniqueConstraint(
                fields=["user", "position"], name="quick_reply_place", deferrable=models.Deferrable.DEFERRED
            ),
            models.CheckConstraint(condition=Q(position__range=(1, MOST_QUICK_REPLIES)), name="quick_reply_at_most_20"),
            models.CheckConstraint(condition=Q(text__trim__length__gte=1), name="quick_reply_says_something"),
        ]

    def __str__(self) -> str:
        return self.text
