from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from bookings.models import Booking

SMALLEST, LARGEST = 2, 4
# Who comes and goes again and again keeps the seat from others.
MOST_JOINS = 6


class Party(models.Model):
    """An order to which its client brings others: so many people with him, whoever pays."""

    booking = models.OneToOneField(Booking, models.PROTECT, primary_key=True, related_name="party")
    size = models.PositiveSmallIntegerField(help_text="All clients at the table, who ordered among them.")

    class Meta:
        verbose_name_plural = "parties"
        constraints = [
            models.CheckConstraint(condition=Q(size__gte=SMALLEST, size__lte=LARGEST), name="party_two_to_four"),
        ]

    def __str__(self) -> str:
        return f"{self.size} at {self.booking_id}"


class Guest(models.Model):
    """Somebody with an account who came by the invitation. The database refuses one too many, whom the companion does
    not meet, and whom a block keeps from one of the two (parties/sql/seats.sql)."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="guests")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    joined_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["party", "user"], name="guest_one_seat")]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.party_id}"


class Invitee(models.Model):
    """Somebody who has taken a seat at an order's table, be it that he gave it back: how often, and whether who ordered
    has taken it back, which is for good. The database counts and keeps it (parties/sql/seats.sql)."""

    booking = models.ForeignKey(Booking, models.PROTECT, related_name="invitees")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    joins = models.PositiveSmallIntegerField()
    removed = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["booking", "user"], name="invitee_once"),
            models.CheckConstraint(condition=Q(joins__gte=1, joins__lte=MOST_JOINS), name="guest_joins_bounded"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.booking_id}, {self.joins} times"
