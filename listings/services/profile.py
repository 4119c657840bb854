"""How a companion is shown: hers to write until she is approved, read by a moderator from then on."""

from typing import TypedDict, Unpack

from django.db import transaction

from accounts.models import User
from listings.errors import ApplicationWaits, DecidedMeanwhile, NoProfile
from listings.models import PROFILE_FIELDS, Application, ApplicationState, Companion, Decision, ProfileRevision
from listings.services import proposing
from listings.services.proposing import close
from listings.services.shelving import index_words

PROFILE = "profile"


class Profile(TypedDict):
    """Lengths and choices are those of `CompanionProfile`; `languages` holds 1 to 6 keys of `SpokenLanguage`."""

    display_name: str
    gender: str
    city: str
    languages: list[str]
    about: str


@transaction.atomic
def save_profile(*, by: User, **profile: Unpack[Profile]) -> Companion:
    """Begin to be a companion, or change how one is shown.

    An approved companion's profile stays up as it is, and the change waits for a moderator.
    Raises ApplicationWaits (a moderator is reading it), SubmittedTwice, DecidedMeanwhile.
    """
    # Twice at once is a companion and a change, and what is handed in at this moment is not changed.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    companion = Companion.objects.filter(user=by).first()
    if companion is None:
        return Companion.objects.create(user=by, **profile)
    if companion.is_approved:
        _propose(companion, profile, by)
    elif Application.objects.filter(companion=companion, status=ApplicationState.PENDING).exists():
        raise ApplicationWaits
    else:
        _write(companion, profile)
    return companion


@transaction.atomic
def withdraw_profile(*, by: User) -> None:
    """Take back the profile that waits. Raises NoProfile, NothingToWithdraw, DecidedMeanwhile."""
    companion = Companion.objects.filter(user=by).first()
    if companion is None:
        raise NoProfile
    proposing.take_back(case_kind=PROFILE, proposals=companion.profile_revisions, by=by)


def apply_profile_decision(*, revision: ProfileRevision, approved: bool, reason: str) -> None:
    """What a moderator's decision does to the profile; its case is locked by the caller."""
    close(revision, Decision.APPROVED if approved else Decision.REJECTED, reason)
    if approved:
        shown = {name: getattr(revision, name) for name in PROFILE_FIELDS}
        Companion.objects.filter(pk=revision.companion_id).update(**shown)
        index_words(companion=revision.companion)


def _propose(companion: Companion, profile: Profile, by: User) -> None:
    shown = {name: getattr(companion, name) for name in PROFILE_FIELDS}
    waits = companion.profile_revisions.filter(status=Decision.PENDING).exists()
    if waits or profile != shown:
        proposing.hand_in(case_kind=PROFILE, proposals=companion.profile_revisions, values=dict(profile), by=by)


def _write(companion: Companion, profile: Profile) -> None:
    # Approved a moment ago, it is no longer hers to write.
    if not Companion.objects.filter(pk=companion.pk, approved_at=None).update(**profile):
        raise DecidedMeanwhile
    companion.refresh_from_db()
