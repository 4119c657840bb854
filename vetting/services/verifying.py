"""Asking whoever decides about identities: each check by one worker at a time, until there is an answer."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from moderation import services as moderation
from moderation.models import ReviewCase
from vetting.models import IdentityCheck, State
from vetting.services.answers import tell_answer
from vetting.services.identity import IDENTITY, decide_identity
from vetting.verifiers import Outcome, verifier_in_force

# Longer than any verifier takes: who asked before that has died.
ASKED_WITHIN = timedelta(minutes=30)
REFUSED = _("It was checked automatically, with this answer: %(reason)s")


def unasked_checks() -> QuerySet[IdentityCheck]:
    """Handed in, and its verifier has not answered yet."""
    return IdentityCheck.objects.filter(state=State.PENDING, asked_at=None).order_by("submitted_at")


def checks_to_ask() -> QuerySet[IdentityCheck]:
    """Those that nobody is asking about, the oldest first."""
    return unasked_checks().filter(Q(asking_since=None) | Q(asking_since__lt=timezone.now() - ASKED_WITHIN))


def ask_verifier(*, check_id: int) -> None:
    """Ask now, unless somebody else does. No transaction is open meanwhile: the answer may take its time."""
    check = _claimed(check_id)
    if check is None:
        return
    try:
        outcome = verifier_in_force()(check)
    except Exception:
        _release(check)
        raise
    _take_answer(check, outcome)


def _claimed(check_id: int) -> IdentityCheck | None:
    """The check as it is asked about, from now on by nobody else; None where there is nothing to ask."""
    check = checks_to_ask().select_related("card", "portrait", "user").filter(pk=check_id).first()
    if check is None:
        return None
    check.asking_since = timezone.now()
    same = checks_to_ask().filter(pk=check_id, submitted_at=check.submitted_at)
    return check if same.update(asking_since=check.asking_since) else None


def _release(check: IdentityCheck) -> None:
    IdentityCheck.objects.filter(pk=check.pk, asking_since=check.asking_since).update(asking_since=None)


@transaction.atomic
def _take_answer(check: IdentityCheck, outcome: Outcome) -> None:
    """It counts unless a moderator was faster or the check was taken back meanwhile. Cases are locked before checks."""
    # Only an open one is what the check waits in; one that was taken back stays behind when an application carries it.
    own = ReviewCase.objects.open().filter(kind=IDENTITY, target_id=str(check.pk)).select_for_update().first()
    waiting = unasked_checks().select_for_update().filter(pk=check.pk, submitted_at=check.submitted_at).first()
    if waiting is None:
        return
    waiting.asked_at = timezone.now()
    waiting.save(update_fields=["asked_at"])
    if outcome.state == State.PENDING:
        return
    if own:
        answer = {"answer": str(outcome.state), "reason": outcome.reason}
        moderation.settle_case(kind=IDENTITY, target=waiting, by=settings.IDENTITY_VERIFIER, **answer)
    _decide(waiting, outcome)


def _decide(check: IdentityCheck, outcome: Outcome) -> None:
    approved, reason = outcome.state == State.APPROVED, outcome.reason or "—"
    decide_identity(check=check, approved=approved, reason=reason)
    # Each check is decided once; who was refused hands in another one.
    key = f"identity-{check.pk}"
    tell_answer(kind=IDENTITY, to=check.user, key=key, approved=approved, refusal=REFUSED, reason=reason)
