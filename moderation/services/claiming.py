"""A case that somebody has taken is for a while nobody else's to decide. Opening one takes nothing."""

from datetime import timedelta

from django.db import transaction

from accounts.models import User
from common.clock import database_now_ms, moment
from moderation.errors import AlreadyDecided, CaseNotFound, ClaimedByAnother, TakenBack
from moderation.models import ReviewCase, Status
from moderation.services.writing import write

CLAIM_LASTS = timedelta(minutes=10)
UNCLAIMED = {"claimed_by": None, "claimed_until": None}


@transaction.atomic
def claim(*, case: ReviewCase, by: User) -> ReviewCase:
    """From here on ten minutes; once more prolongs it.

    Raises CaseNotFound, AlreadyDecided, TakenBack, ClaimedByAnother.
    """
    return _claimed(locked_for(case, by), by)


@transaction.atomic
def claim_next(*, by: User) -> ReviewCase | None:
    """The most urgent one that nobody has; None where there is none. Who asks at the same moment gets the one after."""
    cases = ReviewCase.objects.visible_to(by).open().unclaimed().most_urgent_first()
    case = cases.select_for_update(skip_locked=True).first()
    return _claimed(case, by) if case else None


@transaction.atomic
def release(*, case: ReviewCase, by: User) -> None:
    """Gives it back; nothing where it is not one's own any more. Raises CaseNotFound."""
    locked = _locked(case, by)
    if locked.claimed_by_id == by.pk:
        write(locked, UNCLAIMED)


def locked_for(case: ReviewCase, by: User) -> ReviewCase:
    """The case, until the end of the transaction, for whoever may decide it now.

    Raises CaseNotFound (no permission, or one's own), AlreadyDecided, TakenBack, ClaimedByAnother.
    """
    locked = _locked(case, by)
    if not locked.is_open:
        raise TakenBack if locked.status == Status.WITHDRAWN else AlreadyDecided
    _refuse_anothers(locked, by)
    return locked


def _refuse_anothers(case: ReviewCase, by: User) -> None:
    holder, until = case.claimed_by, case.claimed_until
    if holder and until and holder != by and until > moment(database_now_ms()):
        raise ClaimedByAnother(name=holder.display_name, until=until)


def _locked(case: ReviewCase, by: User) -> ReviewCase:
    found = ReviewCase.objects.visible_to(by).select_for_update().filter(pk=case.pk).first()
    if found is None:
        raise CaseNotFound
    return found


def _claimed(case: ReviewCase, by: User) -> ReviewCase:
    write(case, {"claimed_by": by, "claimed_until": moment(database_now_ms()) + CLAIM_LASTS})
    return case
