"""Another start of an appointment, proposed by one of the two."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from accounts.models import User
from bookings.models.booking import Booking
from bookings.models.share import Share


class MoveQuerySet(models.QuerySet["Move"]):
    def standing(self, now_ms: int) -> "MoveQuerySet":
        """Those that can still be agreed to at that moment."""
        return self.filter(state=Move.State.OPEN, expires_ms__gt=now_ms)

    def waiting_for(self, user: User, now_ms: int) -> "MoveQuerySet":
        """Of bookings of this user, those that he has not agreed to."""
        return self.standing(now_ms).exclude(proposed_by=user.pk).exclude(agreements__by=user.pk)


def move_waits_for(user: User, now_ms: int) -> Exists:
    """For a queryset of this user's bookings: the other side of it waits for an answer to another start."""
    return Exists(Move.objects.waiting_for(user, now_ms).filter(booking=OuterRef("pk")))


class Move(models.Model):
    """From one start to another, epoch ms. All `asked` agree before `expires_ms`, or the appointment stays.

    It promises nobody any time, and no money moves with it. Triggers keep it: see bookings/sql/moving.sql.
    """

    class State(models.TextChoices):
        OPEN = "open"
        AGREED = "agreed"
        DECLINED = "declined"
        DROPPED = "dropped"  # taken back, or another one took its place
        LAPSED = "lapsed"

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="moves")
    request_key = models.UUIDField(help_text="Made with the form: a second click is the same proposal.")
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    from_ms = models.BigIntegerField()
    to_ms = models.BigIntegerField()
    late_start_ms = models.BigIntegerField(
        null=True, editable=False, help_text="The start that late cancelling goes on being counted from, if it does."
    )
    proposed_ms = models.BigIntegerField()
    expires_ms = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    decided_ms = models.BigIntegerField(null=True, blank=True)
    declined_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        null=True,
        blank=True,
        help_text="Who of them would rather not; unknown of the oldest.",
    )

    objects = MoveQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["booking", "request_key"], name="move_request_once"),
            models.UniqueConstraint(fields=["booking"], condition=Q(state="open"), name="move_one_open"),
            models.CheckConstraint(condition=~Q(to_ms=F("from_ms")), name="move_elsewhere"),
            models.CheckConstraint(
                condition=Q(expires_ms__gt=F("proposed_ms"), expires_ms__lte=F("from_ms"))
                & Q(expires_ms__lte=F("to_ms")),
                name="move_expires_before_both",
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_ms=None)
                | Q(state__in=["agreed", "declined", "dropped", "lapsed"], decided_ms__isnull=False),
                name="move_decided_once",
            ),
            models.CheckConstraint(
                condition=Q(declined_by=None) | Q(state="declined"), name="move_declined_by_who_declined"
            ),
            models.CheckConstraint(
                condition=~Q(state="agreed") | Q(decided_ms__lt=F("expires_ms")), name="move_agreed_in_time"
            ),
        ]
        indexes = [models.Index(fields=["expires_ms"], condition=Q(state="open"), name="move_to_lapse")]

    def __str__(self) -> str:
        return f"{self.booking_id} {self.from_ms} → {self.to_ms} {self.state}"

    @property
    def asked(self) -> set[int]:
        """Whose agreement it needs, by number: the other side, and whoever has paid a part of the order and can answer.
        The database asks the same (bookings_move_asked)."""
        two = {self.booking.client_id, self.booking.companion_id}
        paid = self.booking.shares.filter(state=Share.State.PAID, payer__is_active=True)
        return (two | {*paid.values_list("payer", flat=True)}) - {self.proposed_by_id}

    @property
    def agreed(self) -> set[int]:
        """Who of them has agreed, by number."""
        return {*self.agreements.values_list("by", flat=True)}


class MoveAgreement(models.Model):
    """One of those who were asked agrees. Kept by triggers: see bookings/sql/moving.sql."""

    move = models.ForeignKey(Move, on_delete=models.PROTECT, related_name="agreements")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    at_ms = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["move", "by"], name="move_agreed_once_each")]

    def __str__(self) -> str:
        return f"{self.move_id} agreed by {self.by_id}"
