"""Promised time that grows while it runs."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from common.database import broken_constraint
from listings.errors import TimeTaken
from listings.models import TakenTime


def free_until(*, ref: UUID) -> datetime | None:
    """Until when what is promised to `ref` can last, its pause included, before her next promise; None: no next one.

    Of nothing promised to `ref` it is None too: its end is then nobody's business here.
    """
    mine = TakenTime.objects.filter(ref=ref).first()
    if mine is None:
        return None
    after = TakenTime.objects.filter(companion=mine.companion_id, starts_at__gt=mine.starts_at)
    following = after.order_by("starts_at").first()
    return following.starts_at - (mine.free_again_at - mine.ends_at) if following else None


def lengthen_time(*, ref: UUID, until: datetime) -> None:
    """What is promised to `ref` lasts until then at least, and its pause follows.

    Raises TimeTaken when some of it is promised to somebody else; the caller's transaction goes on.
    """
    mine = TakenTime.objects.filter(ref=ref, ends_at__lt=until)
    try:
        with transaction.atomic():
            mine.update(ends_at=until, free_again_at=F("free_again_at") + (until - F("ends_at")))
    except IntegrityError as error:
        if broken_constraint(error) != "taken_time_once":
            raise
        raise TimeTaken from error
