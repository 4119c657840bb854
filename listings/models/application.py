from typing import TYPE_CHECKING, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from listings.kinds import KIND_CHOICES, KINDS, Kind
from listings.models.companion import Companion
from listings.models.profile import PROFILE_FIELDS
from listings.models.proposal import label_of
from listings.models.text import MAX_TOPICS, NOT_OFFERED_LENGTH, TOPIC_LENGTH
from vetting.models import Certificate, IdentityCheck
from vetting.models import State as ProofState

if TYPE_CHECKING:
    from accounts.models import User


class ApplicationState(models.TextChoices):
    DRAFT = "draft", _("Not submitted")
    PENDING = "pending", _("Under review")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Sent back")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Part(models.TextChoices):
    """What of an application can be sent back by itself; the keys are those of its steps."""

    WHO = "who", _("Profile")
    OFFER = "offer", _("Offer")
    IDENTITY = "identity", _("Identity")
    CERTIFICATES = "certificates", _("Certificates")


CAN_BE_CHANGED = (ApplicationState.DRAFT, ApplicationState.REJECTED, ApplicationState.WITHDRAWN)


class ApplicationQuerySet(models.QuerySet["Application"]):
    def changeable(self) -> "ApplicationQuerySet":
        """Those the applicant may change and hand in."""
        return self.filter(status__in=CAN_BE_CHANGED)


class Application(models.Model):
    """A person asks to be a companion, or a companion for further kinds of service.

    At most one of hers is undecided or sent back; an approved one is history. `rules_version` says which rules she
    has read and answered for, `parts` what she was asked to put right and has not touched since. Until the decision
    her profile and proofs belong to it and cannot be changed.
    """

    companion = models.ForeignKey(Companion, models.CASCADE, related_name="applications")
    status = models.CharField(_("State"), max_length=10, choices=ApplicationState, default=ApplicationState.DRAFT)
    kinds = ArrayField(
        models.CharField(max_length=16, choices=KIND_CHOICES), verbose_name=_("Kinds"), default=list, blank=True
    )
    topics = ArrayField(models.CharField(max_length=TOPIC_LENGTH), verbose_name=_("Topics"), default=list, blank=True)
    not_offered = models.TextField(_("What I do not offer"), max_length=NOT_OFFERED_LENGTH, blank=True)
    identity = models.ForeignKey(IdentityCheck, models.PROTECT, related_name="+", null=True, blank=True)
    certificates = models.ManyToManyField(Certificate, related_name="+", blank=True)
    parts = ArrayField(models.CharField(max_length=12, choices=Part), default=list, blank=True, editable=False)
    rules_version = models.CharField(max_length=16, blank=True)
    rules_passed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(max_length=500, blank=True)

    objects: ClassVar[ApplicationQuerySet] = ApplicationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["companion"], condition=~Q(status="approved"), name="application_one_open"),
            models.CheckConstraint(condition=Q(status__in=ApplicationState.values), name="application_status_known"),
            models.CheckConstraint(
                condition=Q(kinds__contained_by=list(KINDS))
                & Q(topics__len__lte=MAX_TOPICS)
                & Q(not_offered__length__lte=NOT_OFFERED_LENGTH),
                name="application_offer_fits",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["pending", "approved"])
                | Q(
                    kinds__len__gte=1,
                    topics__len__gte=1,
                    identity__isnull=False,
                    rules_passed_at__isnull=False,
                    submitted_at__isnull=False,
                ),
                name="application_pending_is_complete",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["approved", "rejected"], decided_at__isnull=False)
                | (~Q(status__in=["approved", "rejected"]) & Q(decided_at__isnull=True)),
                name="application_decided_at_some_time",
            ),
            models.CheckConstraint(condition=~Q(status="rejected", reason=""), name="application_rejected_with_reason"),
            models.CheckConstraint(condition=Q(parts__contained_by=Part.values), name="application_parts_known"),
        ]

    def __str__(self) -> str:
        return f"{self.companion} · {self.get_status_display()}"

    @property
    def is_pending(self) -> bool:
        return self.status == ApplicationState.PENDING

    @property
    def is_approved(self) -> bool:
        return self.status == ApplicationState.APPROVED

    @property
    def is_rejected(self) -> bool:
        return self.status == ApplicationState.REJECTED

    @property
    def asks_for_papers(self) -> bool:
        """Whether some of her papers were refused."""
        identity_refused = self.identity is not None and self.identity.state == ProofState.REJECTED
        return identity_refused or self.certificates.filter(state=ProofState.REJECTED).exists()

    @property
    def policies(self) -> list[Kind]:
        return [KINDS[key] for key in self.kinds]

    def review_title(self) -> str:
        return f"{self.companion.display_name} · {'、'.join(str(kind.label) for kind in self.policies)}"

    def review_owner(self) -> "User":
        return self.companion.user

    def review_rows(self) -> list[tuple[str, str, str]]:
        """All a moderator has to know: who she is, what she would offer, her proofs, the rules she knows."""
        told = [(label_of(self.companion, name), self.companion.words_of(name)) for name in PROFILE_FIELDS]
        told += [
            (label_of(self, "kinds"), "、".join(str(kind.label) for kind in self.policies)),
            (label_of(self, "topics"), "、".join(self.topics)),
            (label_of(self, "not_offered"), self.not_offered),
            (gettext("Rules quiz"), gettext("passed, version %(version)s") % {"version": self.rules_version}),
        ]
        rows = [(label, words, words) for label, words in told]
        for proof in self._proofs():
            rows += proof.review_rows()
        return rows

    def review_attachments(self) -> list[tuple[str, str]]:
        return [attachment for proof in self._proofs() for attachment in proof.review_attachments()]

    def review_parts(self) -> list[tuple[str, str]]:
        """An approved companion's profile has reviews of its own, and what is confirmed stays so."""
        waiting = {Part.OFFER}
        waiting |= set() if self.companion.is_approved else {Part.WHO}
        waiting |= {Part.IDENTITY} if self.identity and self.identity.is_pending else set()
        waiting |= {Part.CERTIFICATES} if self.certificates.exists() else set()
        return [(str(part), str(part.label)) for part in Part if part in waiting]

    def review_is_first(self) -> bool:
        return not self.companion.is_approved

    def _proofs(self) -> list[IdentityCheck | Certificate]:
        certificates = self.certificates.select_related("document", "user")
        return [*([self.identity] if self.identity else []), *certificates]
