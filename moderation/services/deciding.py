from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from moderation.errors import ChangedMeanwhile, ReasonMissing
from moderation.models import ReviewCase, Status
from moderation.services.audit import record
from moderation.services.claiming import UNCLAIMED, locked_for
from moderation.services.targets import parts_of
from moderation.services.writing import write
from moderation.signals import case_decided, case_deciding


@transaction.atomic
def decide(*, case: ReviewCase, by: User, approve: bool, reason: str = "", parts: Collection[str] = ()) -> ReviewCase:
    """Decide the case as its reader saw it: `case.version` is the version that was on the page. `parts` are those of
    `parts_of` a refusal is about.

    Raises ReasonMissing (a refusal, or a case of the highest priority), CaseNotFound (no permission, or one's own),
    AlreadyDecided, TakenBack, ClaimedByAnother, ChangedMeanwhile, and what receivers of `case_deciding` and
    `case_decided` raise.
    """
    reason = reason.strip()
    if not approve and not reason:
        raise ReasonMissing
    locked = locked_for(case, by)
    if locked.version != case.version:
        raise ChangedMeanwhile
    if locked.needs_word and not reason:
        raise ReasonMissing
    named = [] if approve else [key for key, _label in parts_of(locked) if key in parts]
    said = {"case": locked, "approved": approve, "reason": reason, "by": by, "parts": named}
    case_deciding.send(ReviewCase, **said)
    status = Status.APPROVED if approve else Status.REJECTED
    decision = {"status": status, "decided_by": by, "decided_at": timezone.now(), "reason": reason}
    write(locked, UNCLAIMED | decision)
    decided = {"case": locked.pk} | ({"parts": named} if named else {})
    record(actor=by, action=f"case.{status}", target=locked.target, after=decided, reason=reason)
    case_decided.send(ReviewCase, **said)
    return locked
