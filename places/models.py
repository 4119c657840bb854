from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value
from django.db.models.lookups import Regex
from django.utils.translation import gettext_lazy as _

from places.departments import Department

NAME_LENGTH, ALIAS_LENGTH = 60, 30
CITY_LENGTH, DISTRICT_LENGTH, ADDRESS_LENGTH = 20, 20, 80
# Words with single blanks between them: nothing before, behind or on a line of its own.
TIDY = r"^\S+( \S+)*$"
# The same of each member of a list, written in one line with a sign between them that no name has.
TIDY_ALIASES = r"^[^\s|]+( [^\s|]+)*(\|[^\s|]+( [^\s|]+)*)*$"


class Level(models.TextChoices):
    """The grade the state gave a hospital, in its own words: they are what is written on its gate."""

    THIRD_A = "三级甲等", _("Grade III, class A")
    THIRD_B = "三级乙等", _("Grade III, class B")
    THIRD = "三级", _("Grade III")
    SECOND_A = "二级甲等", _("Grade II, class A")
    SECOND = "二级", _("Grade II")


class Joined(models.Func):
    """A list of texts in one line."""

    template = "array_to_string(%(expressions)s, '|')"
    output_field = models.TextField()


class Hospital(models.Model):
    """A hospital to which people are accompanied, as it is officially called.

    `aliases` are what people type instead, `city` is without 市, `departments` are keys of `Department`. What is not
    known of level and address is empty. Listings and visits keep the name as text, so a row may be changed or deleted.
    """

    city = models.CharField(_("City"), max_length=CITY_LENGTH)
    district = models.CharField(_("District"), max_length=DISTRICT_LENGTH)
    name = models.CharField(_("Official name"), max_length=NAME_LENGTH)
    aliases = ArrayField(
        models.CharField(max_length=ALIAS_LENGTH), verbose_name=_("Other names"), default=list, blank=True
    )
    level = models.CharField(_("Level"), max_length=8, choices=Level, blank=True)
    address = models.CharField(_("Address"), max_length=ADDRESS_LENGTH, blank=True)
    departments = ArrayField(
        models.CharField(max_length=20, choices=Department.choices), verbose_name=_("Departments"), default=list
    )

    class Meta:
        verbose_name = _("hospital")
        verbose_name_plural = _("hospitals")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["city", "name"], name="hospital_once_in_its_city"),
            models.CheckConstraint(
                condition=Q(city__regex=TIDY, district__regex=TIDY, name__regex=TIDY), name="hospital_words_tidy"
            ),
            models.CheckConstraint(condition=Q(address="") | Q(address__regex=TIDY), name="hospital_address_tidy"),
            models.CheckConstraint(condition=Q(level__in=["", *Level.values]), name="hospital_level_known"),
            models.CheckConstraint(
                condition=Q(departments__contained_by=Department.values, departments__len__gte=1),
                name="hospital_departments_known",
            ),
            models.CheckConstraint(
                condition=Q(aliases__len=0) | Q(Regex(Joined("aliases"), Value(TIDY_ALIASES))),
                name="hospital_aliases_tidy",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def names(self) -> list[str]:
        """The official name first."""
        return [self.name, *self.aliases]

    @property
    def department_labels(self) -> list[tuple[str, str]]:
        """(key, label) of each, in the order of the vocabulary."""
        return [(str(key), str(key.label)) for key in Department if key in self.departments]
