"""What screening says of a text."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from django.utils.translation import gettext_lazy as _

Span = tuple[int, int]


class Action(IntEnum):
    """What is done with a text, the mildest first: two can be compared, and the greatest is what is done."""

    ALLOW = 0
    NOTE = 1
    NUDGE = 2
    CARD = 3
    HOLD = 4
    BLOCK = 5

    def __str__(self) -> str:
        return self.name.lower()


class Category(StrEnum):
    """What a text is about; each has a file of terms by its name."""

    CONTACT = "contact"
    TRANSFER = "transfer"
    DATING = "dating"
    SEXUAL = "sexual"
    THERAPY = "therapy"
    TOUTING = "touting"
    INVESTMENT = "investment"
    CRISIS = "crisis"
    MINOR = "minor"

    @property
    def label(self) -> str:
        return str(LABELS[self])


LABELS = {
    Category.CONTACT: _("contact outside the platform"),
    Category.TRANSFER: _("payment outside the platform"),
    Category.DATING: _("dating for money"),
    Category.SEXUAL: _("sexual content"),
    Category.THERAPY: _("treatment or diagnosis"),
    Category.TOUTING: _("touting of hospital appointments"),
    Category.INVESTMENT: _("investment lure"),
    Category.CRISIS: _("somebody's life may be in danger"),
    Category.MINOR: _("under 18"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """`rule`: category and line of its file of terms, or the name of a pattern; behind "sound:" if found by its sound.
    `spans`: (start, end) in the text as it was written, in order; `words[i]` is what stands at `spans[i]`."""

    category: Category
    action: Action
    rule: str
    spans: tuple[Span, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Screened:
    """`ruleset`: the version of the rules that said so."""

    action: Action
    findings: tuple[Finding, ...]
    ruleset: str
