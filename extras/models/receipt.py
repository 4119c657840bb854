from django.db import models
from django.db.models import Q

from bookings.models import Booking


class KeptReceipt(models.Model):
    """The photo that came with a form that was refused, sealed, for the next try of the same form."""

    # Found by the rule on its forms, which begins with it.
    booking = models.ForeignKey(Booking, models.CASCADE, related_name="+", db_index=False)
    request_key = models.UUIDField(help_text="The form's.")
    photo = models.BinaryField()
    kept_ms = models.BigIntegerField(help_text="Epoch ms by the database's clock.")

    class Meta:
        verbose_name = "kept receipt"
        constraints = [
            models.UniqueConstraint(fields=["booking", "request_key"], name="kept_receipt_once"),
            models.CheckConstraint(condition=~Q(photo=b""), name="kept_receipt_not_empty"),
        ]
        indexes = [models.Index(fields=["kept_ms"], name="kept_receipt_to_go")]

    def __str__(self) -> str:
        return f"receipt of {self.booking_id}"
