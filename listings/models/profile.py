from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import LINE_END, ONE_LINE


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


class CompanionProfile(models.Model):
    """What a companion says about herself; it stands on all her listings."""

    display_name = models.CharField(_("Name shown"), max_length=12, validators=[ONE_LINE])
    gender = models.CharField(_("Gender"), max_length=8, choices=Gender)
    city = models.CharField(_("City"), max_length=20)
    languages = ArrayField(models.CharField(max_length=12, choices=SpokenLanguage), verbose_name=_("Languages"))
    about = models.TextField(_("About"), max_length=600, blank=True)

    class Meta:
        abstract = True

    @property
    def language_labels(self) -> list[str]:
        return [str(SpokenLanguage(key).label) for key in self.languages]

    def words_of(self, name: str) -> str:
        """One column as people read it."""
        if name == "languages":
            return "、".join(self.language_labels)
        return str(self.get_gender_display()) if name == "gender" else getattr(self, name)


PROFILE_FIELDS = [field.attname for field in CompanionProfile._meta.fields]


def profile_constraints(name: str) -> list[models.BaseConstraint]:
    return [
        models.CheckConstraint(condition=Q(display_name__trim__length__gte=1), name=f"{name}_has_name"),
        models.CheckConstraint(condition=~Q(display_name__regex=LINE_END), name=f"{name}_name_one_line"),
        models.CheckConstraint(condition=Q(city__trim__length__gte=1), name=f"{name}_has_city"),
        models.CheckConstraint(condition=Q(gender__in=Gender.values), name=f"{name}_gender_known"),
        models.CheckConstraint(
            condition=Q(languages__len__range=(1, 6)) & Q(languages__contained_by=SpokenLanguage.values),
            name=f"{name}_languages_known",
        ),
        models.CheckConstraint(condition=Q(about__length__lte=600), name=f"{name}_about_length"),
    ]
