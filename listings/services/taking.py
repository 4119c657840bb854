"""A companion's time, promised to one order at a time. The database refuses the second."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Case, F, Q, When
from django.db.models.functions import Least, Now

from common.database import broken_constraint
from listings.errors import TimeTaken
from listings.models import Companion, TakenTime, pause_end

ONE_AT_A_TIME = ("taken_time_once", "taken_time_way")


def take_time(
    *,
    companion: Companion,
    ref: UUID,
    starts_at: datetime,
    ends_at: datetime,
    pause_min: int | None = None,
    travel_minutes: int = 0,
) -> None:
    """Promise [starts_at, ends_at) and a pause after it (minutes, by default the companion's own) to `ref`.

    Where she has to travel, the pause is longer by that, and as long a time before the promise is for the way there.
    Raises TimeTaken when some of it is promised already; the caller's transaction goes on.
    """
    pause_min = companion.buffer_minutes if pause_min is None else pause_min
    times = _times(starts_at, ends_at, timedelta(minutes=travel_minutes + pause_min), travels=travel_minutes > 0)
    promise = TakenTime(companion=companion, ref=ref, **times)
    # ON CONFLICT DO NOTHING: two plain inserts that exclude each other may each wait for the other, a deadlock.
    TakenTime.objects.bulk_create([promise], ignore_conflicts=True)
    if not TakenTime.objects.filter(ref=ref, starts_at=starts_at).exists():
        raise TimeTaken


def retake_time(
    *, companion: Companion, ref: UUID, starts_at: datetime, ends_at: datetime, travel_minutes: int = 0
) -> None:
    """What is promised to `ref` is promised for [starts_at, ends_at) instead, with its pause and its way as in
    `take_time`.

    Raises TimeTaken when some of it is promised to somebody else; it stays where it was then, and the caller's
    transaction goes on. Raises TakenTime.DoesNotExist when nothing is promised to `ref`. Two at once of one companion
    that take each other's place would each wait for the other: the caller lets one after the other.
    """
    pause = timedelta(minutes=travel_minutes + companion.buffer_minutes)
    times = _times(starts_at, ends_at, pause, travels=travel_minutes > 0)
    with one_promise_at_a_time():
        if not TakenTime.objects.filter(ref=ref).update(**times):
            raise TakenTime.DoesNotExist(ref)


def _times(starts_at: datetime, ends_at: datetime, pause: timedelta, *, travels: bool) -> dict[str, datetime | None]:
    sets_off_at = starts_at - pause if travels else None
    return {"starts_at": starts_at, "ends_at": ends_at, "free_again_at": ends_at + pause, "sets_off_at": sets_off_at}


def move_time(*, ref: UUID, starts_at: datetime, ends_at: datetime) -> bool:
    """Moves the promise to `ref` to [starts_at, ends_at), its pause along. The way there is not gone anew.

    False, and it stays where it was, when somebody else has some of that time; the caller's transaction goes on.
    """
    changed = {
        "starts_at": starts_at,
        "ends_at": ends_at,
        "free_again_at": ends_at + (F("free_again_at") - F("ends_at")),
        "sets_off_at": Case(When(sets_off_at__isnull=False, then=Least(F("sets_off_at"), starts_at))),
    }
    try:
        with one_promise_at_a_time():
            TakenTime.objects.filter(ref=ref).update(**changed)
    except TimeTaken:
        return False
    return True


@contextmanager
def one_promise_at_a_time() -> Iterator[None]:
    """What is written inside raises TimeTaken where the database refuses it for another promise; the caller's
    transaction goes on."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if broken_constraint(error) not in ONE_AT_A_TIME:
            raise
        raise TimeTaken from error


def rests_until(companion: Companion) -> datetime | None:
    """When the pause after an order that she is in is over; None while she is in none."""
    return Companion.objects.filter(pk=companion.pk).values_list(pause_end("pk"), flat=True).first()


def promised_within(*, user_ids: Collection[int], minutes: int) -> set[int]:
    """Which of these companions (ids of their users) are in promised time now, or, with their pause or their way
    before it, within so many minutes: the same rule as `free_for_minutes`."""
    pause, then = F("companion__buffer_minutes") * timedelta(minutes=1), Now() + timedelta(minutes=minutes)
    soon = Q(starts_at__lt=then + pause) | Q(sets_off_at__lt=then)
    promised = TakenTime.objects.filter(soon, free_again_at__gt=Now(), companion__user__in=user_ids)
    return set(promised.values_list("companion__user", flat=True))


def give_back_time(*, ref: UUID, rest: bool = True) -> None:
    """What is still to come of the time promised to `ref` is free again. The pause is counted from now, if the promise
    had begun and she is to `rest`; else there is none."""
    taken = TakenTime.objects.filter(ref=ref)
    taken.filter(starts_at__gte=Now()).delete()
    pause = F("free_again_at") - F("ends_at") if rest else timedelta(0)
    # Twice is once: what ended before keeps its end and its pause.
    taken.update(ends_at=Least(F("ends_at"), Now()), free_again_at=Least(F("free_again_at"), Now() + pause))
