"""Who is away stops the clock, who is back starts it: what presence (common/presence.py) means for bookings.

The socket of somebody who connects does this for him at once (bookings_note_arrival); here it is done for all, so that
it happens also when no socket could: each second for those who have just been gone too long, and every LOOK_EVERY_S,
by one of all sweeps, for all who are written down as gone and for those who may be gone without being written down.
"""

from collections.abc import Iterator, Sequence
from itertools import chain

from django.conf import settings
from django.db import connection

from bookings.models import UNSETTLED, Booking, PauseReason, State
from common import presence
from common.clock import database_now_ms
from common.presence import LastSeen, PresenceUnknown

LOOK_EVERY_S = 15
# Somebody gone too long is asked about in each second of this time: a tick or two may be late.
WINDOW_MS = 3000
# So many people's bookings are locked at once, and no longer than that takes.
BATCH = 500
# Longer than anybody may be gone without effect: nobody is forgotten before he was dealt with.
KEPT_MS = settings.CLIENT_GRACE_MS + 20_000
# Who is missing in what is kept for so long, although nothing of it was lost, has been missing since his clock began.
RECENT_MS = KEPT_MS + 2 * LOOK_EVERY_S * 1000
# Without a look for so long somebody may have been missed.
LOOKED_S = 4 * LOOK_EVERY_S


def notice(*, now_ms: int | None = None) -> int:
    """Returns how many bookings moved. While nothing is known of anybody nothing does. `now_ms` is for tests."""
    now = database_now_ms() if now_ms is None else now_ms
    try:
        return _notice(now)
    except PresenceUnknown:
        return 0


def _notice(now_ms: int) -> int:
    gone, looks = _newly_gone(now_ms), presence.take_turn("look", seconds=LOOK_EVERY_S)
    if looks:
        gone |= _look(now_ms)
    moved = _note_absences(gone, now_ms) + _note_returns(now_ms)
    if looks:
        presence.forget(before_ms=now_ms - KEPT_MS)
    return moved


def _newly_gone(now_ms: int) -> dict[int, LastSeen]:
    """Who has just been gone as long as a companion, or a client, may be."""
    limits = [now_ms - grace for grace in (settings.COMPANION_GRACE_MS, settings.CLIENT_GRACE_MS)]
    found = [presence.gone_between(limit - WINDOW_MS, limit, now_ms=now_ms) for limit in limits]
    return found[0] | found[1]


def _look(now_ms: int) -> dict[int, LastSeen]:
    limit = now_ms - settings.COMPANION_GRACE_MS
    people = _people(since_ms=0 if _may_have_missed(now_ms) else now_ms - RECENT_MS)
    return presence.gone_between(0, limit, now_ms=now_ms) | presence.gone(
        people, now_ms=now_ms, for_ms=settings.COMPANION_GRACE_MS
    )


def _may_have_missed(now_ms: int) -> bool:
    """Redis lost who was in it, or no worker has looked for a while."""
    looked = presence.was_noted("looked", seconds=LOOKED_S)
    return not looked or presence.known_since(now_ms=now_ms) > now_ms - RECENT_MS


def _people(*, since_ms: int) -> list[int]:
    """Everybody in an online order whose clock has begun to run since then, stands, or whose last stretch can still
    turn out shorter."""
    # Each in the words of an index of its own.
    live = Booking.objects.filter(state=State.LIVE, online=True, live_since_ms__gte=since_ms)
    paused = Booking.objects.filter(state=State.PAUSED)
    unsettled = Booking.objects.filter(state__in=UNSETTLED, online=True)
    pairs = [orders.values_list("companion_id", "client_id") for orders in (live, paused, unsettled)]
    return list(set(chain.from_iterable(chain(*pairs))))


def _note_absences(gone: dict[int, LastSeen], now_ms: int) -> int:
    return sum(_note_absences_of(some, gone, now_ms) for some in _batches(sorted(gone)))


def _note_absences_of(users: list[int], gone: dict[int, LastSeen], now_ms: int) -> int:
    seen = [gone[user] for user in users]
    asked = [users, [one.ms for one in seen], [one.exact for one in seen], settings.POSTING_LAG_MS, now_ms]
    with connection.cursor() as cursor:
        cursor.execute("SELECT bookings_note_absences(%s, %s, %s, %s, %s)", asked)
        return cursor.fetchone()[0]


def _note_returns(now_ms: int) -> int:
    back = presence.connected(list(_waited_for()), now_ms=now_ms)
    return sum(_note_returns_of(some, now_ms) for some in _batches(sorted(back)))


def _waited_for() -> set[int]:
    """Those whose absence keeps a clock from running."""
    away = {PauseReason.COMPANION_AWAY: "companion_id", PauseReason.CLIENT_AWAY: "client_id"}
    paused = Booking.objects.filter(state=State.PAUSED, online=True)
    waiting = [paused.filter(pause_reason=reason).values_list(side, flat=True) for reason, side in away.items()]
    return set(chain.from_iterable(waiting))


def _note_returns_of(users: list[int], now_ms: int) -> int:
    with connection.cursor() as cursor:
        asked = [users, settings.POSTING_LAG_MS, now_ms]
        cursor.execute("SELECT count(*) FROM bookings_note_returns(%s, %s, %s)", asked)
        return cursor.fetchone()[0]


def _batches(users: Sequence[int]) -> Iterator[list[int]]:
    return (list(users[first : first + BATCH]) for first in range(0, len(users), BATCH))
