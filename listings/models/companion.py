import secrets
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# A live socket writes `seen_at` every 15 s; two of those may be lost before she counts as gone.
ONLINE_FOR = timedelta(seconds=40)


class Gender(models.TextChoices):
    FEMALE = "female", _("Woman")
    MALE = "male", _("Man")
    OTHER = "other", _("Other")


class SpokenLanguage(models.TextChoices):
    MANDARIN = "mandarin", _("Mandarin")
    CANTONESE = "cantonese", _("Cantonese")
    SICHUAN = "sichuan", _("Sichuanese")
    WU = "wu", _("Shanghainese / Wu")
    HOKKIEN = "hokkien", _("Hokkien")
    HAKKA = "hakka", _("Hakka")
    NORTHEAST = "northeast", _("Northeastern")
    HUNAN = "hunan", _("Hunanese")
    SHAANXI = "shaanxi", _("Shaanxi dialect")
    ENGLISH = "english", _("English")
    SIGN = "sign", _("Sign language")


def new_avatar_seed() -> str:
    return secrets.token_hex(4)


def online_now(path: str = "") -> Q:
    """Who is here at this moment; `path` leads to the companion, as in "companion__"."""
    return Q(**{f"{path}accepting": True, f"{path}seen_at__gt": Now() - ONLINE_FOR})


class CompanionQuerySet(models.QuerySet["Companion"]):
    def online(self) -> "CompanionQuerySet":
        return self.filter(online_now(), user__is_active=True)


class Companion(models.Model):
    """The side of a user that keeps others company.

    `accepting` is her own switch; `seen_at` is when a socket of hers last lived, by the database's clock.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="companion")
    display_name = models.CharField(_("Name shown"), max_length=12)
    gender = models.CharField(_("Gender"), max_length=8, choices=Gender)
    city = models.CharField(_("City"), max_length=20)
    languages = ArrayField(models.CharField(max_length=12, choices=SpokenLanguage), verbose_name=_("Languages"))
    about = models.TextField(_("About"), max_length=600, blank=True)
    avatar_seed = models.CharField(max_length=16, default=new_avatar_seed, editable=False)
    accepting = models.BooleanField(_("Taking orders"), default=False)
    seen_at = models.DateTimeField(null=True, blank=True, editable=False)
    buffer_minutes = models.PositiveSmallIntegerField(_("Pause after an order (minutes)"), default=10)
    # Of 1000 accepted orders that came to an end, how many were kept; null while there are too few to tell.
    completion_pm = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    is_demo = models.BooleanField(_("Demonstration"), default=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[CompanionQuerySet] = CompanionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("companion")
        verbose_name_plural = _("companions")
        constraints = [
            models.CheckConstraint(condition=Q(display_name__trim__length__gte=1), name="companion_has_name"),
            models.CheckConstraint(condition=Q(city__trim__length__gte=1), name="companion_has_city"),
            models.CheckConstraint(condition=Q(gender__in=Gender.values), name="companion_gender_known"),
            models.CheckConstraint(
                condition=Q(languages__len__range=(1, 6)) & Q(languages__contained_by=SpokenLanguage.values),
                name="companion_languages_known",
            ),
            models.CheckConstraint(condition=Q(about__length__lte=600), name="companion_about_length"),
            models.CheckConstraint(condition=Q(buffer_minutes__lte=240), name="companion_buffer_bounds"),
            models.CheckConstraint(condition=Q(completion_pm__lte=1000), name="companion_completion_share"),
        ]
        indexes = [models.Index(fields=["seen_at"], condition=Q(accepting=True), name="companion_accepting_seen")]

    def __str__(self) -> str:
        return self.display_name

    @property
    def is_online(self) -> bool:
        return self.accepting and self.seen_at is not None and self.seen_at > timezone.now() - ONLINE_FOR

    @property
    def language_labels(self) -> list[str]:
        return [str(SpokenLanguage(key).label) for key in self.languages]
