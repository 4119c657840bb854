"""A companion's time, promised to one order at a time. The database refuses the second."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Least, Now

from common.database import broken_constraint
from listings.errors import TimeTaken
from listings.models import Companion, TakenTime


def take_time(
    *, companion: Companion, ref: UUID, starts_at: datetime, ends_at: datetime, pause_min: int | None = None
) -> None:
    """Promise [starts_at, ends_at) and a pause after it (minutes, by default the companion's own) to `ref`.

    Raises TimeTaken when some of it is promised already; the caller's transaction goes on.
    """
    free_again_at = ends_at + timedelta(minutes=companion.buffer_minutes if pause_min is None else pause_min)
    try:
        with transaction.atomic():
            TakenTime.objects.create(
                companion=companion, ref=ref, starts_at=starts_at, ends_at=ends_at, free_again_at=free_again_at
            )
    except IntegrityError as error:
        if broken_constraint(error) != "taken_time_once":
            raise
        raise TimeTaken from error


def move_time(*, ref: UUID, starts_at: datetime, ends_at: datetime) -> bool:
    """Moves the promise to `ref` to [starts_at, ends_at), its pause along.

    False, and it stays where it was, when somebody else has some of that time; the caller's transaction goes on.
    """
    pause = F("free_again_at") - F("ends_at")
    try:
        with transaction.atomic():
            TakenTime.objects.filter(ref=ref).update(
                starts_at=starts_at, ends_at=ends_at, free_again_at=ends_at + pause
            )
    except IntegrityError as error:
        if broken_constraint(error) != "taken_time_once":
            raise
        return False
    return True


def promised_within(*, user_ids: Collection[int], minutes: int) -> set[int]:
    """Which of these companions (ids of their users) are in promised time now, or, with their pause before it, within
    so many minutes: the same rule as `free_for_minutes`."""
    pause = F("companion__buffer_minutes") * timedelta(minutes=1)
    soon = TakenTime.objects.filter(free_again_at__gt=Now(), starts_at__lt=Now() + timedelta(minutes=minutes) + pause)
    return set(soon.filter(companion__user__in=user_ids).values_list("companion__user", flat=True))


def give_back_time(*, ref: UUID, rest: bool = True) -> None:
    """What is still to come of the time promised to `ref` is free again. The pause is counted from now, if the promise
    had begun and she is to `rest`; else there is none."""
    taken = TakenTime.objects.filter(ref=ref)
    taken.filter(starts_at__gte=Now()).delete()
    pause = F("free_again_at") - F("ends_at") if rest else timedelta(0)
    # Twice is once: what ended before keeps its end and its pause.
    taken.update(ends_at=Least(F("ends_at"), Now()), free_again_at=Least(F("free_again_at"), Now() + pause))
