from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef
from django.db.models.functions import Cast
from django.utils import timezone

from accounts.models import User
from moderation.errors import AlreadyDecided
from moderation.models import SERVICE_TIMES, Priority, ReviewCase, Status
from moderation.services.audit import record
from moderation.services.calling import call_those_on_duty
from moderation.services.claiming import UNCLAIMED
from moderation.services.targets import Reviewable, key_of, parties_of
from moderation.services.writing import write


@transaction.atomic
def open_case(*, kind: str, target: Reviewable, by: User | None, priority: int = Priority.P2) -> ReviewCase:
    """The one case of this kind about this target, open; a closed one is opened again, an open one counts a change.

    `by` is None where time alone opens it: then its owner counts as who did. What is due already does not become due
    later by being handed in again. A case of the highest priority calls those on duty by mail, each time. Locks the
    case until the end of the transaction.
    """
    opening, parties = _opening(target, by or target.review_owner(), priority), parties_of(target)
    case, created = ReviewCase.objects.get_or_create(kind=kind, **key_of(target), defaults=opening)
    if created:
        record(actor=by, action="case.opened", target=target, after={"case": case.pk, "kind": kind})
    else:
        case = _opened_again(case, opening, parties)
        record(actor=by, action="case.changed", target=target, after={"case": case.pk, "version": case.version})
    case.parties.set(parties)
    if case.priority == Priority.P0:
        call_those_on_duty(case)
    return case


@transaction.atomic
def withdraw_case(*, kind: str, target: Reviewable, by: User) -> None:
    """Take the target out of the queue, because its owner no longer wants it decided.

    Raises AlreadyDecided when a moderator was faster.
    """
    case = _locked_open_case(kind, target)
    write(case, UNCLAIMED | {"status": Status.WITHDRAWN, "version": case.version + 1})
    record(actor=by, action="case.withdrawn", target=target, after={"case": case.pk})


@transaction.atomic
def settle_case(*, kind: str, target: Reviewable, by: str, answer: str, reason: str = "") -> None:
    """Take the target out of the queue, because something that is nobody answered instead of a moderator.

    `by` is its dotted path, `answer` a status such as "approved". Raises AlreadyDecided when a moderator was faster.
    """
    case = _locked_open_case(kind, target)
    write(case, UNCLAIMED | {"status": Status.SETTLED, "version": case.version + 1, "reason": reason})
    answered = {"case": case.pk, "by": by, "answer": answer}
    record(actor=None, action="case.settled", target=target, after=answered, reason=reason)


def under_review(*kinds: str) -> Exists:
    """For a queryset of targets of these kinds: those of which a case is open."""
    return Exists(ReviewCase.objects.open().filter(kind__in=kinds, target_id=Cast(OuterRef("pk"), CharField())))


def _opening(target: Reviewable, by: User, priority: int) -> dict[str, Any]:
    now = timezone.now()
    return {
        "title": target.review_title()[:120],
        "owner": target.review_owner(),
        "opened_by": by,
        "opened_at": now,
        "priority": priority,
        "sla_due_at": now + SERVICE_TIMES[Priority(priority)],
    }


def _opened_again(case: ReviewCase, opening: dict[str, Any], parties: Collection[User]) -> ReviewCase:
    case = ReviewCase.objects.select_for_update().get(pk=case.pk)
    if case.is_open:
        sooner = {name: min(getattr(case, name), opening[name]) for name in ("priority", "sla_due_at")}
        opening = opening | sooner
    apart = {opening["owner"], opening["opened_by"], *parties}
    # Who has it may be somebody it is about now, or busy with it as with something that could wait.
    if case.claimed_by in apart or opening["priority"] < case.priority:
        opening |= UNCLAIMED
    undecided = {"status": Status.OPEN, "decided_by": None, "decided_at": None, "reason": ""}
    write(case, opening | undecided | {"version": case.version + 1})
    return case


def _locked_open_case(kind: str, target: Reviewable) -> ReviewCase:
    case = ReviewCase.objects.select_for_update().get(kind=kind, **key_of(target))
    if not case.is_open:
        raise AlreadyDecided
    return case
