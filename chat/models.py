from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bookings.models import Booking

MOST_QUICK_REPLIES = 20
MOST_PIXELS_A_SIDE = 2048


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
    client_recv = models.BigIntegerField(
        default=0, db_default=0, help_text="Up to here the client's pages have everything."
    )
    client_read = models.BigIntegerField(default=0, db_default=0, help_text="Up to here the client has seen it.")
    companion_recv = models.BigIntegerField(default=0, db_default=0)
    companion_read = models.BigIntegerField(default=0, db_default=0)
    gate = models.BooleanField(default=False, help_text="Open for writing; the booking's clock is asked as well.")

    objects = ConversationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "companion"], name="conversation_of_pair"),
            models.CheckConstraint(condition=~Q(client=F("companion")), name="conversation_between_two"),
            models.CheckConstraint(
                condition=Q(client_read__gte=0, client_read__lte=F("client_recv"), client_recv__lte=F("last_seq")),
                name="conversation_client_read_of_what_came",
            ),
            models.CheckConstraint(
                condition=Q(
                    companion_read__gte=0, companion_read__lte=F("companion_recv"), companion_recv__lte=F("last_seq")
                ),
                name="conversation_companion_read_of_what_came",
            ),
        ]
        # What is being talked in now, for whoever looks at all of it.
        indexes = [models.Index(fields=["id"], condition=Q(gate=True), name="conversation_open")]

    def __str__(self) -> str:
        return f"conversation {self.pk}"


class Attachment(models.Model):
    """A picture of a talk, drawn anew as WebP and sealed. Sent, it is of one message; not sent, it goes after a day."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="+")
    uploader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    image = models.BinaryField(help_text="Sealed WebP.")
    preview = models.BinaryField(help_text="Sealed WebP, small enough for the talk.")
    width = models.PositiveIntegerField(help_text="Of the image, in pixels.")
    height = models.PositiveIntegerField()
    at_ms = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(width__range=(1, MOST_PIXELS_A_SIDE), height__range=(1, MOST_PIXELS_A_SIDE)),
                name="attachment_has_size",
            ),
        ]
        indexes = [models.Index(fields=["uploader", "at_ms"], name="attachment_of_uploader")]

    def __str__(self) -> str:
        return str(self.pk)


class Message(models.Model):
    """One line of a conversation; seq counts from 1 without gaps. What a person wrote is sealed (chat/sealing.py); a
    system line has no sender and a JSON body, which says what its booking's steps say anyway.

    That a picture is the sender's own and of this conversation is a foreign key over three columns (migration 0005).
    """

    class Kind(models.TextChoices):
        TEXT = "text"
        IMAGE = "image"
        SYSTEM = "system"

    pk = models.CompositePrimaryKey("conversation_id", "seq")
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="messages", db_index=False)
    seq = models.BigIntegerField()
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    cmid = models.UUIDField(null=True, help_text="The sender's own id of the message: sent twice, it is here once.")
    kind = models.CharField(max_length=10, choices=Kind)
    body = models.TextField(default="", db_default="", help_text="Of a system line, else empty.")
    sealed = models.BinaryField(null=True, help_text="What was written, see chat/sealing.py.")
    attachment = models.ForeignKey(
        Attachment, on_delete=models.PROTECT, null=True, related_name="messages", db_index=False, db_constraint=False
    )
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="+", db_index=False)
    at_ms = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "sender", "cmid"], name="message_once"),
            models.UniqueConstraint(
                fields=["attachment"], condition=Q(attachment__isnull=False), name="message_attachment_once"
            ),
            models.CheckConstraint(condition=Q(seq__gt=0), name="message_seq_from_one"),
            models.CheckConstraint(
                condition=Q(kind="system", sender=None, cmid=None)
                | Q(kind__in=["text", "image"], sender__isnull=False, cmid__isnull=False),
                name="message_has_sender_or_is_system",
            ),
            models.CheckConstraint(
                condition=(Q(kind="system", sealed=None, attachment=None) & ~Q(body=""))
                | Q(kind="text", sealed__isnull=False, attachment=None, body="")
                | Q(kind="image", sealed=None, attachment__isnull=False, body=""),
                name="message_says_what_its_kind_says",
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
