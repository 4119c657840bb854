"""Handing in a text while the approved one stays up: the same for listings and profiles.

Rows are locked in this order everywhere: case, proposal, what it is about.
"""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from listings.errors import DecidedMeanwhile, NothingToWithdraw, SubmittedTwice
from listings.models import Decision, Proposal
from moderation import services as moderation
from moderation.errors import AlreadyDecided


def hand_in(*, case_kind: str, proposals: Any, values: dict[str, Any], by: User) -> Proposal:
    """A new proposal among `proposals` (a related manager), or other words for the one that waits.

    Raises SubmittedTwice, DecidedMeanwhile.
    """
    waiting = proposals.filter(status=Decision.PENDING).first()
    if waiting:
        return replace(waiting, values, case_kind, by)
    return _propose(proposals, values, case_kind, by)


def take_back(*, case_kind: str, proposals: Any, by: User) -> None:
    """What waits is decided no more. Raises NothingToWithdraw, DecidedMeanwhile."""
    waiting = proposals.filter(status=Decision.PENDING).first()
    if waiting is None:
        raise NothingToWithdraw
    try:
        moderation.withdraw_case(kind=case_kind, target=waiting, by=by)
    except AlreadyDecided as error:
        raise DecidedMeanwhile from error
    close(waiting, Decision.WITHDRAWN)


def close(proposal: Proposal, status: Decision, reason: str = "") -> None:
    proposal.status, proposal.decided_at, proposal.reason = status, timezone.now(), reason
    proposal.save(update_fields=["status", "decided_at", "reason"])


def replace(waiting: Any, values: dict[str, Any], case_kind: str, by: User) -> Proposal:
    """Other words for a proposal that waits. Raises DecidedMeanwhile when a moderator was faster."""
    for name, value in values.items():
        setattr(waiting, name, value)
    waiting.submitted_at = timezone.now()
    moderation.open_case(kind=case_kind, target=waiting, by=by)
    if not type(waiting)._default_manager.filter(pk=waiting.pk, status=Decision.PENDING).exists():
        raise DecidedMeanwhile
    waiting.save(update_fields=[*values, "submitted_at"])
    return waiting


def _propose(proposals: Any, values: dict[str, Any], case_kind: str, by: User) -> Proposal:
    try:
        with transaction.atomic():
            proposal = proposals.create(**values)
    except IntegrityError as error:
        if proposals.filter(status=Decision.PENDING).exists():
            raise SubmittedTwice from error
        raise
    moderation.open_case(kind=case_kind, target=proposal, by=by)
    return proposal
