from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.money import format_yuan, price_of_minutes
from listings.kinds import KIND_CHOICES, KINDS, Kind

HEADLINE_LENGTH = (4, 40)
ABOUT_LENGTH = (20, 1200)
MAX_TOPICS = 8
TOPIC_LENGTH = 10
NOT_OFFERED_LENGTH = 300


class ListingText(models.Model):
    """What a companion says about one service. Columns a kind does not have stay empty (see `listings.kinds`).

    Prices in fen per the kind's unit, `promise_s` in seconds, `overtime_fen` per half hour beyond `included_hours`.
    """

    kind = models.CharField(_("Kind"), max_length=16, choices=KIND_CHOICES)
    headline = models.CharField(_("Headline"), max_length=HEADLINE_LENGTH[1], blank=True)
    about = models.TextField(_("About"), max_length=ABOUT_LENGTH[1], blank=True)
    topics = ArrayField(models.CharField(max_length=TOPIC_LENGTH), verbose_name=_("Topics"), default=list, blank=True)
    not_offered = models.TextField(_("What I do not offer"), max_length=NOT_OFFERED_LENGTH, blank=True)
    price_fen = models.PositiveIntegerField(_("Price"), null=True, blank=True)
    promise_s = models.PositiveSmallIntegerField(_("Reply promise"), null=True, blank=True)
    city = models.CharField(_("City"), max_length=20, blank=True)
    district = models.CharField(_("District"), max_length=20, blank=True)
    hospital = models.CharField(_("Hospital"), max_length=60, blank=True)
    venue_area = models.CharField(_("Where we can meet"), max_length=60, blank=True)
    included_hours = models.PositiveSmallIntegerField(_("Hours included"), null=True, blank=True)
    overtime_fen = models.PositiveIntegerField(_("Overtime per half hour"), null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def policy(self) -> Kind:
        return KINDS[self.kind]

    @property
    def price_examples(self) -> list[tuple[int, int]]:
        """(minutes, fen) of each length one can prepay; none for a price per visit."""
        return [(minutes, self.price_of(minutes)) for minutes in self.policy.minute_steps]

    @property
    def lengths(self) -> tuple[int, ...]:
        """The minutes one can book; a visit has the one length its price includes."""
        return self.policy.minute_steps or ((self.included_hours or 1) * 60,)

    @property
    def place(self) -> str:
        """Where one meets, in one line; empty for what is served in the chat."""
        return " ".join(words for words in (self.city, self.district, self.hospital, self.venue_area) if words)

    def price_of(self, minutes: int) -> int:
        return price_of_minutes(fen_per_hour=self.price_fen or 0, minutes=minutes)

    def words_of(self, name: str) -> str:
        """One column as people read it, empty when it has nothing to say."""
        value = getattr(self, name)
        if value in (None, "", []):
            return ""
        if name == "price_fen":
            return f"{format_yuan(value)}{self.policy.per_unit}"
        if name.endswith("_fen"):
            return format_yuan(value)
        if name.endswith("_s"):
            return gettext("%(seconds)d s") % {"seconds": value}
        return "、".join(value) if isinstance(value, list) else str(value)

    def copy_text_from(self, other: "ListingText") -> None:
        for name in TEXT_FIELDS:
            setattr(self, name, getattr(other, name))


# Everything of the text a companion may change; the kind is chosen once.
TEXT_FIELDS = [field.attname for field in ListingText._meta.fields if field.attname != "kind"]


def is_complete() -> Q:
    """True of a text that may be shown: every CHECK of the kinds table and the lengths, for use in constraints."""
    by_kind = Q()
    for kind in KINDS.values():
        by_kind |= _fits(kind)
    return by_kind & Q(
        headline__trim__length__gte=HEADLINE_LENGTH[0],
        about__trim__length__gte=ABOUT_LENGTH[0],
        about__length__lte=ABOUT_LENGTH[1],
        topics__len__range=(1, MAX_TOPICS),
        not_offered__length__lte=NOT_OFFERED_LENGTH,
    )


def _fits(kind: Kind) -> Q:
    numbers = {"price_fen": (kind.price_min_fen, kind.price_max_fen), **kind.numbers}
    fits = Q(kind=kind.key)
    for name, bounds in numbers.items():
        # A CHECK that is NULL passes, so an empty number has to be refused by name.
        fits &= Q(**{f"{name}__isnull": False, f"{name}__range": bounds})
    for name in kind.words:
        fits &= ~Q(**{name: ""})
    for name in kind.foreign_numbers:
        fits &= Q(**{f"{name}__isnull": True})
    for name in kind.foreign_words:
        fits &= Q(**{name: ""})
    return fits
