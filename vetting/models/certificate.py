from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.ages import shanghai_today
from vetting.models.document import PrivateDocument
from vetting.models.state import Proof, proof_constraints

if TYPE_CHECKING:
    from accounts.models import User

NOTICE_DAYS = (30, 7, 0)


class CertificateLabel(models.TextChoices):
    HOSPITAL_COMPANION = "hospital_companion", _("Hospital companion training")
    NURSE = "nurse", _("Nurse's licence")
    HEALTH_MANAGER = "health_manager", _("Health manager")
    CARE_WORKER = "care_worker", _("Care worker for the elderly")
    OTHER = "other", _("Other")


class Certificate(Proof):
    """A paper that says what its holder has learnt. `expires_on` is its last valid day, in Shanghai."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="certificates")
    label = models.CharField(_("Certificate"), max_length=20, choices=CertificateLabel)
    number_tail = models.CharField(_("Last characters of its number"), max_length=6)
    issued_by = models.CharField(_("Issued by"), max_length=60)
    expires_on = models.DateField(_("Valid until"))
    document = models.ForeignKey(PrivateDocument, models.SET_NULL, related_name="+", null=True, blank=True)

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ["pk"]
        constraints = [
            *proof_constraints("certificate"),
            models.CheckConstraint(condition=Q(label__in=CertificateLabel.values), name="certificate_label_known"),
            models.CheckConstraint(
                condition=~Q(state="pending") | Q(document__isnull=False), name="certificate_pending_has_photo"
            ),
            # Its photo is erased when it is decided: another one that shares it would be decided blind.
            models.UniqueConstraint(fields=["document"], name="certificate_photo_of_its_own"),
        ]
        indexes = [models.Index(fields=["expires_on"], condition=Q(state="approved"), name="certificate_expiry")]

    def __str__(self) -> str:
        return f"{self.get_label_display()} · {self.issued_by}"

    @property
    def days_left(self) -> int:
        """Days until the last valid day; negative once it has expired."""
        return (self.expires_on - shanghai_today()).days

    @property
    def is_expired(self) -> bool:
        return self.days_left < 0

    @property
    def is_renewal_due(self) -> bool:
        return self.is_approved and self.days_left <= max(NOTICE_DAYS)

    def review_title(self) -> str:
        return f"{self.user.display_name} · {self.get_label_display()}"

    def review_owner(self) -> "User":
        return self.user

    def review_rows(self) -> list[tuple[str, str, str]]:
        told = [
            (gettext("Certificate"), str(self.get_label_display())),
            (gettext("Issued by"), self.issued_by),
            (gettext("Last characters of its number"), self.number_tail),
            (gettext("Valid until"), _day(self.expires_on)),
        ]
        return [(label, words, words) for label, words in told]

    def review_attachments(self) -> list[tuple[str, str]]:
        if self.document is None or self.document.erased_at:
            return []
        return [(str(self), self.document.get_absolute_url())]


def _day(day: date) -> str:
    if day >= shanghai_today():
        return day.isoformat()
    return " · ".join([day.isoformat(), gettext("expired")])


class ExpiryNotice(models.Model):
    """That somebody was told, once each: `days` (30, 7, 0) before the certificate's last day."""

    certificate = models.ForeignKey(Certificate, models.CASCADE, related_name="notices")
    days = models.PositiveSmallIntegerField()
    told_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["certificate", "days"], name="expiry_told_once"),
            models.CheckConstraint(condition=Q(days__in=NOTICE_DAYS), name="expiry_notice_days"),
        ]

    def __str__(self) -> str:
        return f"{self.certificate_id}: {self.days}"
