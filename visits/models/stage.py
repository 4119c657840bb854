from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bookings.models import Booking


class StageName(models.TextChoices):
    """The way through a hospital, in the order in which it usually goes; each may come again. That the two have come
    and gone stands on the booking."""

    REGISTERED = "registered", _("Number taken")
    WAITING = "waiting", _("Waiting")
    WITH_DOCTOR = "with_doctor", _("With the doctor")
    EXAMINED = "examined", _("Examination")
    PAYING = "paying", _("Paying")
    MEDICINE = "medicine", _("Fetching medicine")


class Stage(models.Model):
    """How far the two were, as the companion noted it while the clock ran. A mistaken tap is taken back, not erased.

    A trigger (migration 0002) refuses one of a booking that does not run, and any other change.
    """

    booking = models.ForeignKey(Booking, models.PROTECT, related_name="stages")
    name = models.CharField(max_length=12, choices=StageName)
    at_ms = models.BigIntegerField(help_text="Epoch ms by the database's clock.")
    request_key = models.UUIDField()
    taken_back = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("stage")
        verbose_name_plural = _("stages")
        constraints = [
            models.CheckConstraint(condition=Q(name__in=StageName.values), name="stage_known"),
            models.UniqueConstraint(fields=["booking", "request_key"], name="stage_once_per_tap"),
        ]
        indexes = [models.Index(fields=["booking", "id"], name="stage_of_booking")]

    def __str__(self) -> str:
        return f"{self.booking_id} {self.name}"
