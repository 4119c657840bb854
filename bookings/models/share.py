"""Parts of the price of an order that several pay."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from bookings.models.booking import Booking

FIRST = 1
"""The number of the payment of an order that one pays."""


class ShareQuerySet(models.QuerySet["Share"]):
    def wanted(self) -> "ShareQuerySet":
        """Those that are paid or may still be; together never more than the order costs (bookings/sql/shares.sql)."""
        return self.exclude(state=Share.State.DROPPED).order_by("payment_seq")


class Share(models.Model):
    """What one of several pays of an order, as payment number `payment_seq` of its reference. An order that one pays
    has none. Of a dropped one the money goes back, should it come all the same."""

    class State(models.TextChoices):
        OPEN = "open"
        PAID = "paid"
        DROPPED = "dropped"

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="shares")
    payer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    payment_seq = models.PositiveSmallIntegerField()
    amount_fen = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ShareQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["booking", "payment_seq"], name="share_payment_once"),
            models.UniqueConstraint(fields=["booking", "payer"], condition=Q(state="open"), name="share_one_open_each"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0, payment_seq__gt=0), name="share_is_something"),
            models.CheckConstraint(condition=Q(state__in=["open", "paid", "dropped"]), name="share_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.booking_id} share {self.payment_seq} {self.state}"


def paid_numbers(booking: Booking) -> list[int]:
    """The numbers of the payments that make up what the order costs, once all of it is in."""
    if not booking.terms.is_shared:
        return [FIRST]
    return list(Share.objects.filter(booking=booking, state=Share.State.PAID).values_list("payment_seq", flat=True))


def payers_of(booking: Booking) -> set[int]:
    """By number who ordered it, and who of others has paid a part of it or may still."""
    return {booking.client_id, *Share.objects.wanted().filter(booking=booking).values_list("payer", flat=True)}


def paid_fen(booking: Booking) -> int:
    """Fen of the order's price that are in so far, where it is shared."""
    return sum(Share.objects.filter(booking=booking, state=Share.State.PAID).values_list("amount_fen", flat=True))
