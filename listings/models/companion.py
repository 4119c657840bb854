import secrets
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from listings.kinds import KINDS
from listings.models.figures import Figures, shares_are_permille
from listings.models.profile import CompanionProfile, profile_constraints

# A live socket writes `seen_at` every 15 s; two of those may be lost before she counts as gone.
ONLINE_FOR = timedelta(seconds=40)


def new_avatar_seed() -> str:
    return secrets.token_hex(4)


def online_now(path: str = "") -> Q:
    """Who is here at this moment; `path` leads to the companion, as in "companion__"."""
    return Q(**{f"{path}accepting": True, f"{path}seen_at__gt": Now() - ONLINE_FOR})


class Meets(models.TextChoices):
    """Whom a companion meets in person; but for anyone, the same words as accounts.models.Gender."""

    ANYONE = "anyone", _("Anyone")
    FEMALE = "female", _("Only women")
    MALE = "male", _("Only men")


class CompanionQuerySet(models.QuerySet["Companion"]):
    def online(self) -> "CompanionQuerySet":
        return self.filter(online_now(), user__is_active=True)


class Companion(CompanionProfile, Figures):
    """The side of a user that keeps others company.

    What others read of her changes only through review once she is approved (see `ProfileRevision`); she is approved
    for some kinds of service. `accepting` is her own switch; `seen_at` is when a socket of hers last lived, by the
    database's clock.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="companion")
    avatar_seed = models.CharField(max_length=16, default=new_avatar_seed, editable=False)
    accepting = models.BooleanField(_("Taking orders"), default=False)
    seen_at = models.DateTimeField(null=True, blank=True, editable=False)
    buffer_minutes = models.PositiveSmallIntegerField(_("Pause after an order (minutes)"), default=10)
    lead_minutes = models.PositiveSmallIntegerField(_("Notice needed (minutes)"), default=60)
    meets = models.CharField(
        _("Whom I meet in person"), max_length=8, choices=Meets, default=Meets.ANYONE, db_default=Meets.ANYONE
    )
    # Whoever knows it reads her calendar.
    calendar_key = models.UUIDField(unique=True, db_default=RandomUUID(), editable=False)
    approved_at = models.DateTimeField(null=True, blank=True, editable=False)
    approved_kinds = ArrayField(models.CharField(max_length=16), default=list, blank=True, editable=False)
    is_demo = models.BooleanField(_("Demonstration"), default=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    # Set by who shows her with what `listings.models.pause_end` found.
    rests_until: datetime | None = None

    objects: ClassVar[CompanionQuerySet] = CompanionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("companion")
        verbose_name_plural = _("companions")
        constraints = [
            *profile_constraints("companion"),
            models.CheckConstraint(condition=Q(buffer_minutes__lte=240), name="companion_buffer_bounds"),
            models.CheckConstraint(condition=Q(lead_minutes__lte=10080), name="companion_lead_bounds"),
            models.CheckConstraint(condition=Q(meets__in=Meets.values), name="companion_meets_known"),
            models.CheckConstraint(condition=shares_are_permille(), name="companion_shares_permille"),
            models.CheckConstraint(
                condition=Q(approved_at__isnull=True, approved_kinds=[])
                | Q(approved_at__isnull=False, approved_kinds__len__gte=1, approved_kinds__contained_by=list(KINDS)),
                name="companion_approved_for_kinds",
            ),
        ]
        indexes = [models.Index(fields=["seen_at"], condition=Q(accepting=True), name="companion_accepting_seen")]

    def __str__(self) -> str:
        return self.display_name

    @property
    def is_online(self) -> bool:
        return self.accepting and self.seen_at is not None and self.seen_at > timezone.now() - ONLINE_FOR

    @property
    def is_resting(self) -> bool:
        """She is here, and in the pause after an order; only where `rests_until` was set."""
        return self.is_online and self.rests_until is not None

    @property
    def goes_out(self) -> bool:
        """She may offer something in person."""
        return any(not KINDS[kind].online for kind in self.approved_kinds)

    def would_meet(self, client: User) -> bool:
        """In person; a chat is open to everybody."""
        return self.meets in (Meets.ANYONE, client.gender)

    @property
    def is_approved(self) -> bool:
        return self.approved_at is not None
