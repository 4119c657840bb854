"""Who says whether somebody is who he claims to be. Another company is one more function here, or anywhere:
the setting IDENTITY_VERIFIER holds its dotted path."""

from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from vetting.models import IdentityCheck, State


@dataclass(frozen=True, slots=True)
class Outcome:
    """`state` is pending (a moderator decides within the open case), approved, or rejected with a `reason`."""

    state: State
    reason: str = ""


class Verifier(Protocol):
    """Asked about each check that is handed in, after commit, in a worker; never by two at the same time.

    It reads `check.real_name`, `check.number_tail` and `check.documents[n].content()`. An exception means that it
    could not be reached: it is asked again later, as it is when a worker died before its answer was kept. Each time
    `check.question` is the same: handed on as a key, it lets the company see that and not count it twice.
    """

    def __call__(self, check: IdentityCheck) -> Outcome: ...


def verifier_in_force() -> Verifier:
    return import_string(settings.IDENTITY_VERIFIER)


def review_by_admin(check: IdentityCheck) -> Outcome:
    """The default: a person looks at the photos."""
    return Outcome(State.PENDING)
