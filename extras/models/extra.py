"""Money that a companion laid out for her client, and asks back with the receipt."""

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bookings.models import Booking
from common.clock import MS_PER_MINUTE

WHAT_LENGTH, REPLY_LENGTH = 40, 100
LEAST_FEN, MOST_FEN = 1_00, 2000_00
# Waiting or paid, of one booking. These, the next and ASK_UNTIL_MS stand in extras/migrations/sql/held.sql too.
MOST_EXTRAS, MOST_IN_ALL_FEN = 10, 5000_00
# Whatever became of them: each writes to the client, and keeps a photo for a while.
MOST_ASKED = 20
ASK_UNTIL_MS = 24 * 60 * MS_PER_MINUTE
"""So long after its end something can still be asked for."""

OPEN_MS = 72 * 60 * MS_PER_MINUTE
"""What nobody has answered for so long has lapsed."""


class Extras(models.Manager["Extra"]):
    def get_queryset(self) -> models.QuerySet["Extra"]:
        """Without the photo: it is large, and read only where somebody opens it."""
        return super().get_queryset().defer("photo")


class Extra(models.Model):
    """What it was, how much, and the sealed photo of its receipt. Its own id is the reference of its money.

    It waits (`asked`) until the client pays or declines, the companion takes it back, or time is over. A trigger
    (extras/migrations/sql/held.sql) keeps what was asked, and lets nothing out of any other state.

    With the photo go the words: the client's, and of what was not paid her own too ("" then).
    """

    class State(models.TextChoices):
        ASKED = "asked", _("Waiting")
        PAID = "paid", _("Paid")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Taken back")
        LAPSED = "lapsed", _("Not answered")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    # Found by the rule on its taps, which begins with it.
    booking = models.ForeignKey(Booking, models.PROTECT, related_name="extras", db_index=False)
    request_key = models.UUIDField(help_text="Made with the form: a second tap is the same extra.")
    what = models.CharField(_("What it was"), max_length=WHAT_LENGTH)
    amount_fen = models.BigIntegerField(_("Sum"))
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    asked_ms = models.BigIntegerField(help_text="Epoch ms by the database's clock.")
    decided_ms = models.BigIntegerField(null=True, blank=True, help_text="When it left the state in which it waits.")
    reply = models.CharField(max_length=REPLY_LENGTH, blank=True, default="", help_text="The client's, declining it.")
    photo = models.BinaryField(null=True)
    erased_at = models.DateTimeField(null=True, blank=True, help_text="When photo and words went.")

    objects: ClassVar[Extras] = Extras()

    class Meta:
        verbose_name = _("extra")
        verbose_name_plural = _("extras")
        constraints = [
            models.UniqueConstraint(fields=["booking", "request_key"], name="extra_request_once"),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "paid", "declined", "withdrawn", "lapsed"]), name="extra_state_known"
            ),
            models.CheckConstraint(
                condition=Q(what__trim__length__gte=1) | Q(erased_at__isnull=False), name="extra_says_what"
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None) | (Q(reply="") & (Q(state="paid") | Q(what=""))),
                name="extra_words_until_erased",
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gte=LEAST_FEN, amount_fen__lte=MOST_FEN), name="extra_amount_bounded"
            ),
            models.CheckConstraint(
                condition=Q(state="asked", decided_ms=None) | (~Q(state="asked") & Q(decided_ms__isnull=False)),
                name="extra_decided_once",
            ),
            models.CheckConstraint(
                condition=Q(decided_ms=None) | Q(decided_ms__gte=F("asked_ms")), name="extra_decided_after_asked"
            ),
            models.CheckConstraint(condition=Q(reply="") | Q(state="declined"), name="extra_reply_declines"),
            models.CheckConstraint(
                condition=Q(erased_at=None, photo__isnull=False)
                | (Q(erased_at__isnull=False, photo=None) & ~Q(state="asked")),
                name="extra_photo_until_erased",
            ),
            models.CheckConstraint(condition=Q(photo=None) | ~Q(photo=b""), name="extra_photo_not_empty"),
        ]
        indexes = [
            models.Index(fields=["asked_ms", "id"], condition=Q(state="asked"), name="extra_to_lapse"),
            models.Index(
                fields=["decided_ms"],
                condition=Q(erased_at=None, decided_ms__isnull=False),
                name="extra_to_be_erased",
            ),
        ]

    def __str__(self) -> str:
        return f"extra {self.pk} {self.state}"

    @property
    def stands(self) -> bool:
        """It waits or is paid."""
        return self.state in (Extra.State.ASKED, Extra.State.PAID)

    @property
    def words(self) -> str:
        """What it was, for people."""
        return self.what or str(_("(words erased)"))

    @property
    def lapses_ms(self) -> int:
        return self.asked_ms + OPEN_MS
