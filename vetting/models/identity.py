from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.sealing import seal, unseal
from vetting.models.document import PrivateDocument
from vetting.models.state import Proof, proof_constraints

if TYPE_CHECKING:
    from accounts.models import User

COMPLETE = Q(card__isnull=False, portrait__isnull=False, sealed_name__isnull=False) & ~Q(number_tail="")


class IdentityCheck(Proof):
    """Whether a user is who he says. One of them lives at a time; refused ones stay as history, without the name.

    The name is sealed, of the ID number only the last four characters are kept. `verifier` is the dotted path that
    was in force when it was handed in, `asking_since` when somebody began to ask it, `asked_at` when it answered.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="identity_checks")
    sealed_name = models.BinaryField(null=True)
    number_tail = models.CharField(max_length=4, blank=True)
    card = models.ForeignKey(PrivateDocument, models.SET_NULL, related_name="+", null=True, blank=True)
    portrait = models.ForeignKey(PrivateDocument, models.SET_NULL, related_name="+", null=True, blank=True)
    verifier = models.CharField(max_length=120, blank=True)
    asking_since = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("identity check")
        verbose_name_plural = _("identity checks")
        ordering = ["pk"]
        constraints = [
            *proof_constraints("identity"),
            models.UniqueConstraint(fields=["user"], condition=~Q(state="rejected"), name="identity_one_alive"),
            models.CheckConstraint(condition=~Q(state="pending") | COMPLETE, name="identity_pending_is_complete"),
            models.CheckConstraint(
                condition=~Q(state="draft") | Q(asking_since__isnull=True), name="identity_draft_is_not_asked_about"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_state_display()}"

    @property
    def real_name(self) -> str:
        return unseal(self.sealed_name).decode() if self.sealed_name else ""

    @real_name.setter
    def real_name(self, name: str) -> None:
        self.sealed_name = seal(name.encode()) if name else None

    @property
    def question(self) -> str:
        """What a verifier is asked, the same however often: this check as it was handed in. Not of a draft."""
        return f"identity-{self.pk}-{self.submitted_at:%Y%m%dT%H%M%S%f}"

    @property
    def is_complete(self) -> bool:
        return bool(self.sealed_name and self.number_tail and len(self.documents) == 2)

    @property
    def documents(self) -> list[PrivateDocument]:
        """Photos that are still there."""
        return [one for one in (self.card, self.portrait) if one and not one.erased_at]

    def review_title(self) -> str:
        return self.user.display_name

    def review_owner(self) -> "User":
        return self.user

    def review_rows(self) -> list[tuple[str, str, str]]:
        """What has to agree with the photos. The name is shown only while somebody has to decide."""
        name = self.real_name if self.is_pending else "•••"
        told = [
            (gettext("Identity"), str(self.get_state_display()) + (f" · {self.reason}" if self.reason else "")),
            (gettext("Real name"), name),
            (gettext("Last 4 characters of the ID number"), self.number_tail),
            (gettext("Date of birth given at sign-up"), self.user.birth_date.isoformat()),
        ]
        return [(label, words, words) for label, words in told]

    def review_is_first(self) -> bool:
        return True

    def review_attachments(self) -> list[tuple[str, str]]:
        return [(str(one.get_purpose_display()), one.get_absolute_url()) for one in self.documents]
