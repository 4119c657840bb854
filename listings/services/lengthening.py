"""Promised time that grows while it runs."""

from datetime import datetime
from uuid import UUID

from django.db.models import F

from listings.models import TakenTime
from listings.services.taking import one_promise_at_a_time


def free_until(*, ref: UUID) -> datetime | None:
    """Until when what is promised to `ref` can last before her next promise, with its pause or the way there, whichever
    is longer; None: no next one.

    Of nothing promised to `ref` it is None too: its end is then nobody's business here.
    """
    mine = TakenTime.objects.filter(ref=ref).first()
    if mine is None:
        return None
    after = TakenTime.objects.filter(companion=mine.companion_id, starts_at__gt=mine.starts_at)
    following = after.order_by("starts_at").first()
    if following is None:
        return None
    rested = following.starts_at - (mine.free_again_at - mine.ends_at)
    return min(rested, following.sets_off_at or rested)


def lengthen_time(*, ref: UUID, until: datetime) -> None:
    """What is promised to `ref` lasts until then at least, and its pause follows.

    Raises TimeTaken when some of it is promised to somebody else; the caller's transaction goes on.
    """
    mine = TakenTime.objects.filter(ref=ref, ends_at__lt=until)
    with one_promise_at_a_time():
        mine.update(ends_at=until, free_again_at=F("free_again_at") + (until - F("ends_at")))
