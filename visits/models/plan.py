"""What goes along with a visit to a hospital. What it says of anybody's health is sealed, and gone a week after."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Consent
from bookings.models import Booking


class Patient(models.TextChoices):
    """Whom the companion goes along with, seen from who books."""

    SELF = "self", _("Myself")
    PARENT = "parent", _("My mother or father")
    CHILD = "child", _("My child")
    OTHER = "other", _("Somebody else close to me")


class VisitPlan(models.Model):
    """Of one booking: who the patient is, where the two meet, and, sealed, what the companion has to know.

    `needs` is the client's (see `visits.services.needs`), `handover` what the companion writes down of the visit. Both
    speak of health: neither is there without a consent, nor after it was withdrawn or the time to keep them was over.
    """

    booking = models.OneToOneField(Booking, models.PROTECT, primary_key=True, related_name="visit_plan")
    patient = models.CharField(_("Patient"), max_length=8, choices=Patient)
    meeting_point = models.CharField(_("Meeting point"), max_length=60)
    consent = models.OneToOneField(Consent, models.PROTECT, null=True, blank=True, related_name="+")
    needs = models.BinaryField(null=True)
    handover = models.BinaryField(null=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("visit plan")
        verbose_name_plural = _("visit plans")
        constraints = [
            models.CheckConstraint(condition=Q(patient__in=Patient.values), name="visit_patient_known"),
            models.CheckConstraint(condition=Q(meeting_point__trim__length__gte=1), name="visit_has_meeting_point"),
            models.CheckConstraint(
                condition=Q(needs=None, handover=None) | Q(consent__isnull=False), name="visit_health_with_consent"
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(needs=None, handover=None), name="visit_erased_is_empty"
            ),
        ]
        indexes = [
            models.Index(
                fields=["booking"], condition=Q(erased_at=None, consent__isnull=False), name="visit_to_be_erased"
            )
        ]

    def __str__(self) -> str:
        return f"plan of {self.booking_id}"
