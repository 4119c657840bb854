"""Screening of what people write, before others see it: pure functions of the text.

A text is brought into forms in which ways of writing around a word are gone, compared there with terms chosen by hand,
and the policy says what is done about what was found.
"""

from moderation.screening.findings import Action, Category, Finding, Screened
from moderation.screening.policy import ROLES, STAGES, Role, Stage
from moderation.screening.screening import RULESET, Forms, fingerprint, forms, screen

__all__ = [
    "ROLES",
    "RULESET",
    "STAGES",
    "Action",
    "Category",
    "Finding",
    "Forms",
    "Role",
    "Screened",
    "Stage",
    "fingerprint",
    "forms",
    "screen",
]
