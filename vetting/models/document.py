from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.sealing import unseal
from moderation.models import ReviewCase

if TYPE_CHECKING:
    from accounts.models import User


class Purpose(models.TextChoices):
    ID_CARD = "id_card", _("Photo of your ID card")
    ID_PORTRAIT = "id_portrait", _("Photo of yourself holding it")
    CERTIFICATE = "certificate", _("Photo of the certificate")


class PrivateDocumentQuerySet(models.QuerySet["PrivateDocument"]):
    def kept(self) -> "PrivateDocumentQuerySet":
        """Those whose content is still there."""
        return self.filter(erased_at=None)

    def openable_by(self, user: "User") -> "PrivateDocumentQuerySet":
        """What belongs to an open case this moderator may decide; nobody else opens anything, its owner included."""
        return self.kept().filter(case__in=ReviewCase.objects.visible_to(user).open())


class Documents(models.Manager.from_queryset(PrivateDocumentQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> PrivateDocumentQuerySet:
        """Without the content: it is large, and read only where somebody opens it."""
        return super().get_queryset().defer("sealed")


class PrivateDocument(models.Model):
    """A photo of a paper, sealed; the content goes when the case it belongs to is decided.

    `size` (bytes) and `sha256` are of the picture as it was kept.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=12, choices=Purpose)
    case = models.ForeignKey(ReviewCase, models.PROTECT, related_name="+", null=True, blank=True)
    sealed = models.BinaryField(null=True)
    content_type = models.CharField(max_length=32)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField(db_default=Now(), editable=False)
    erased_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Documents] = Documents()

    class Meta:
        verbose_name = _("private document")
        verbose_name_plural = _("private documents")
        constraints = [
            models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="document_purpose_known"),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True, sealed__isnull=False)
                | Q(erased_at__isnull=False, sealed__isnull=True),
                name="document_erased_is_empty",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("vetting:document", args=[self.pk])

    def content(self) -> bytes:
        """The picture in clear; only for a document that is kept."""
        return unseal(self.sealed or b"")
