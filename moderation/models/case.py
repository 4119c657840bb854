from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from moderation.models.words import words_for

if TYPE_CHECKING:
    from accounts.models import User

DECIDE = "moderation.decide_reviewcase"


class Priority(models.IntegerChoices):
    P0 = 0, _("P0 · at once")
    P1 = 1, _("P1 · within the hour")
    P2 = 2, _("P2 · within a day")
    P3 = 3, _("P3 · within three days")


# Service times by priority: how long a case may wait for its decision.
SERVICE_TIMES = {
    Priority.P0: timedelta(minutes=5),
    Priority.P1: timedelta(hours=1),
    Priority.P2: timedelta(hours=24),
    Priority.P3: timedelta(hours=72),
}


class Status(models.TextChoices):
    OPEN = "open", _("Undecided")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Sent back")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    # By something that is nobody, a verifier of identities: there was nothing left to decide.
    SETTLED = "settled", _("Settled automatically")


# What a case is about, by its kind.
CASE_KINDS = {
    "application": _("Application"),
    "listing": _("Listing"),
    "profile": _("Profile"),
    "certificate": _("Certificate"),
    "identity": _("Identity"),
    "review": _("Review of an order"),
    "emergency": _("Call for help"),
    "overdue": _("No answer after a meeting"),
    "meeting": _("A code after a no-show"),
}


class ReviewCaseQuerySet(models.QuerySet["ReviewCase"]):
    def visible_to(self, user: "User") -> "ReviewCaseQuerySet":
        """Moderators see every case but those they opened, that judge something of theirs or that they are part of."""
        if not user.has_perm(DECIDE):
            return self.none()
        return self.exclude(owner=user).exclude(opened_by=user).exclude(parties=user)

    def open(self) -> "ReviewCaseQuerySet":
        return self.filter(status=Status.OPEN)

    def unclaimed(self) -> "ReviewCaseQuerySet":
        """Those nobody has taken, or no longer."""
        return self.filter(Q(claimed_by=None) | Q(claimed_until__lte=Now()))

    def most_urgent_first(self) -> "ReviewCaseQuerySet":
        return self.order_by("priority", "sla_due_at", "pk")


class ReviewCase(models.Model):
    """One thing to decide about one target; opened again rather than doubled.

    A target offers `review_title() -> str`, `review_rows() -> list[(label, before, after)]` and
    `review_owner() -> User`. It may offer `review_choices()`, where "approve" and "send back" are not what is decided
    (see `words_for`), `review_attachments() -> list[(label, address)]`, `review_parts() -> list[(key, label)]`,
    `review_is_first() -> bool` and `review_parties() -> list[User]`, who besides its owner is part of what happened.
    `version` grows each time the target changes under
    review: who decides an older version is refused.
    """

    kind = models.SlugField(_("Kind"), max_length=32)
    target_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+")
    target_id = models.CharField(max_length=64)
    target = GenericForeignKey("target_type", "target_id")
    title = models.CharField(_("Title"), max_length=120, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("Owner"))
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    parties = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)
    priority = models.PositiveSmallIntegerField(_("Priority"), choices=Priority, default=Priority.P2)
    status = models.CharField(_("Status"), max_length=10, choices=Status, default=Status.OPEN)
    version = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField(_("Opened"), db_default=Now())
    sla_due_at = models.DateTimeField(_("Due"))
    claimed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    claimed_until = models.DateTimeField(_("Taken until"), null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    decided_at = models.DateTimeField(_("Decided"), null=True, blank=True)
    reason = models.TextField(_("Reason"), max_length=500, blank=True)

    objects: ClassVar[ReviewCaseQuerySet] = ReviewCaseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("review case")
        verbose_name_plural = _("review cases")
        permissions = [("decide_reviewcase", "Can decide review cases")]
        constraints = [
            models.UniqueConstraint(fields=["kind", "target_type", "target_id"], name="case_once_per_target"),
            models.CheckConstraint(condition=Q(priority__range=(0, 3)), name="case_priority_known"),
            models.CheckConstraint(
                condition=Q(status__in=["approved", "rejected"], decided_by__isnull=False, decided_at__isnull=False)
                | Q(status__in=["open", "withdrawn", "settled"], decided_by__isnull=True, decided_at__isnull=True),
                name="case_decided_by_somebody",
            ),
            models.CheckConstraint(condition=~Q(status="rejected", reason=""), name="case_rejected_with_reason"),
            models.CheckConstraint(
                condition=~Q(priority=0, status__in=["approved", "rejected"]) | Q(reason__trim__length__gte=1),
                name="case_at_once_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | (~Q(decided_by=F("owner")) & ~Q(decided_by=F("opened_by"))),
                name="case_not_decided_by_owner",
            ),
            models.CheckConstraint(
                condition=Q(claimed_by=None, claimed_until=None)
                | Q(claimed_by__isnull=False, claimed_until__isnull=False, status="open"),
                name="case_claimed_while_open",
            ),
            models.CheckConstraint(
                condition=Q(claimed_by__isnull=True) | (~Q(claimed_by=F("owner")) & ~Q(claimed_by=F("opened_by"))),
                name="case_not_claimed_by_owner",
            ),
        ]
        indexes = [models.Index(fields=["priority", "sla_due_at"], condition=Q(status="open"), name="case_queue")]

    def __str__(self) -> str:
        return f"{self.kind} {self.target_id}"

    @property
    def kind_label(self) -> str:
        return str(CASE_KINDS.get(self.kind, self.kind))

    @property
    def is_open(self) -> bool:
        return self.status == Status.OPEN

    @property
    def is_claimed(self) -> bool:
        return self.claimed_until is not None and self.claimed_until > timezone.now()

    @property
    def needs_word(self) -> bool:
        """Either way nobody decides it without saying why."""
        return self.priority == Priority.P0

    @property
    def outcome(self) -> str:
        """What became of it, in its target's own words; reads the target, so prefetch it for lists."""
        return words_for(self.target).get(self.status) or str(self.get_status_display())

    @property
    def is_overdue(self) -> bool:
        return self.is_open and self.sla_due_at < timezone.now()

    @property
    def left(self) -> str:
        """How long until it is due, roughly and in words."""
        return timeuntil(self.sla_due_at, depth=1)

    @property
    def waited(self) -> str:
        """How long ago it was handed in, roughly and in words."""
        if timezone.now() - self.opened_at < timedelta(minutes=1):
            return gettext("handed in just now")
        return gettext("handed in %(time)s ago") % {"time": timesince(self.opened_at, depth=1)}
