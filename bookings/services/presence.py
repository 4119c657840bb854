"""Who is away stops the clock, who is back starts it: what presence (common/presence.py) means for bookings.

The socket of somebody who connects does this for him at once (bookings_note_arrival); here it is done for all, so that
it happens also when no socket could: each second for those who have just been gone too long, and every LOOK_EVERY_S,
by one of all sweeps, for all who are written down as gone and for those who may be gone without being written down.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from django.conf import settings
from django.db import DataError, IntegrityError, connection, transaction

from bookings.models import UNSETTLED, Booking, PauseReason, State
from common import presence
from common.clock import database_now_ms
from common.presence import LastSeen, PresenceUnknown

# How many bookings moved, and how many somebody else has.
Noted = tuple[int, int]
# Locks all others until the transaction ends: what is counted here and what is passed over then are the same.
HELD = """
WITH theirs AS MATERIALIZED (SELECT bookings_open_orders_of(%s) AS id),
     mine AS (SELECT b.id FROM bookings_booking b WHERE b.id IN (SELECT bookings_open_orders_of(%s))
               ORDER BY b.id FOR NO KEY UPDATE SKIP LOCKED)
SELECT (SELECT count(*) FROM theirs) - (SELECT count(*) FROM mine)
"""
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
LOOKED_MS = 4 * LOOK_EVERY_S * 1000
# What a look found holds for so long: it knew of everybody gone for COMPANION_GRACE_MS, and posting and settling lag
# POSTING_LAG_MS behind, which is as much more.
HOLDS_MS = LOOK_EVERY_S * 1000
# PostgreSQL ends what hangs before that (marketplace/settings.py). What does not end must not stop all money.
HELD_MS = 300_000

log = logging.getLogger(__name__)


def notice(*, now_ms: int | None = None) -> int:
    """Returns how many bookings moved. `now_ms` is for tests.

    Raises PresenceUnknown: while nothing is known of anybody, nothing moves.
    """
    asked_ms = database_now_ms() if now_ms is None else now_ms
    moved, _held = _note_absences(_newly_gone(asked_ms), asked_ms)
    return moved + _look(asked_ms) + _note_returns(asked_ms, now_ms)


def is_looked_at() -> bool:
    """May minutes be posted and orders settled by now? Neither is taken back, so a complete look comes first, whichever
    sweep has its turn. While nothing is known of anybody there is nothing to wait for."""
    try:
        return _looked_within(HOLDS_MS, database_now_ms())
    except PresenceUnknown:
        return True


def _looked_within(ms: int, now_ms: int) -> bool:
    """A look from the future is one of a clock that was set back."""
    looked_ms = presence.moment_of("looked")
    return looked_ms is not None and now_ms - ms <= looked_ms <= now_ms


def _look(asked_ms: int) -> int:
    if not presence.take_turn("look", seconds=LOOK_EVERY_S):
        return 0
    try:
        moved, held = _note_absences(_all_gone(asked_ms), asked_ms)
    except Exception:
        presence.give_back("look")
        raise
    if held and _waits_for_them(asked_ms):
        presence.give_back("look")
    else:
        _looked(asked_ms)
    return moved


def _looked(asked_ms: int) -> None:
    presence.write_moment("looked", asked_ms)
    presence.give_back("held")
    presence.forget(before_ms=asked_ms - KEPT_MS)


def _waits_for_them(asked_ms: int) -> bool:
    """A look is not complete while somebody has the order of one who is gone: freed, it could be posted at once."""
    held_ms = presence.moment_of("held")
    if held_ms is None or held_ms > asked_ms:
        presence.write_moment("held", asked_ms)
        return True
    if waits := asked_ms - held_ms <= HELD_MS:
        return waits
    log.error("an order has been locked for minutes: all others are posted, whoever is away from that one")
    return False


def _newly_gone(now_ms: int) -> dict[int, LastSeen]:
    """Who has just been gone as long as a companion, or a client, may be."""
    limits = [now_ms - grace for grace in (settings.COMPANION_GRACE_MS, settings.CLIENT_GRACE_MS)]
    found = [presence.gone_between(limit - WINDOW_MS, limit, now_ms=now_ms) for limit in limits]
    return found[0] | found[1]


def _all_gone(now_ms: int) -> dict[int, LastSeen]:
    limit = now_ms - settings.COMPANION_GRACE_MS
    people = _people(since_ms=0 if _may_have_missed(now_ms) else now_ms - RECENT_MS)
    return presence.gone_between(0, limit, now_ms=now_ms) | presence.gone(
        people, now_ms=now_ms, for_ms=settings.COMPANION_GRACE_MS
    )


def _may_have_missed(now_ms: int) -> bool:
    """Redis lost who was in it, or no worker has looked for a while."""
    return not _looked_within(LOOKED_MS, now_ms) or presence.known_since(now_ms=now_ms) > now_ms - RECENT_MS


def _people(*, since_ms: int) -> list[int]:
    """Everybody in an online order whose clock has begun to run since then, stands, or whose last stretch can still
    turn out shorter."""
    # Each in the words of an index of its own.
    live = Booking.objects.filter(state=State.LIVE, online=True, live_since_ms__gte=since_ms)
    paused = Booking.objects.filter(state=State.PAUSED)
    unsettled = Booking.objects.filter(state__in=UNSETTLED, online=True)
    pairs = [orders.values_list("companion_id", "client_id") for orders in (live, paused, unsettled)]
    return list(set(chain.from_iterable(chain(*pairs))))


def _note_absences(gone: dict[int, LastSeen], asked_ms: int) -> Noted:
    return _total(_note_absences_of(some, gone, asked_ms) for some in _batches(sorted(gone)))


def _note_absences_of(users: list[int], gone: dict[int, LastSeen], asked_ms: int) -> Noted:
    """One whose order breaks a rule is left for people to look at: the look at all others must come to its end."""
    try:
        with transaction.atomic():
            return _note_together(users, gone, asked_ms)
    except (IntegrityError, DataError):
        if len(users) == 1:
            log.exception("the absence of user %s cannot be noted", users[0])
            return 0, 0
    return _total(_note_absences_of([user], gone, asked_ms) for user in users)


def _note_together(users: list[int], gone: dict[int, LastSeen], asked_ms: int) -> Noted:
    seen = [gone[user] for user in users]
    asked = [users, [one.ms for one in seen], [one.exact for one in seen], settings.POSTING_LAG_MS, asked_ms]
    with connection.cursor() as cursor:
        cursor.execute(HELD, [users, users])
        held = cursor.fetchone()[0]
        cursor.execute("SELECT bookings_note_absences(%s, %s, %s, %s, %s)", asked)
        return cursor.fetchone()[0], held


def _total(noted: Iterable[Noted]) -> Noted:
    moved, held = 0, 0
    for more_moved, more_held in noted:
        moved, held = moved + more_moved, held + more_held
    return moved, held


def _note_returns(asked_ms: int, now_ms: int | None) -> int:
    """A clock goes on at the moment the database writes it, however long ago the round began."""
    back = presence.connected(list(_waited_for()), now_ms=asked_ms)
    return sum(_note_returns_of(some, now_ms) for some in _batches(sorted(back)))


def _waited_for() -> set[int]:
    """Those whose absence keeps a clock from running."""
    away = {PauseReason.COMPANION_AWAY: "companion_id", PauseReason.CLIENT_AWAY: "client_id"}
    paused = Booking.objects.filter(state=State.PAUSED, online=True)
    waiting = [paused.filter(pause_reason=reason).values_list(side, flat=True) for reason, side in away.items()]
    return set(chain.from_iterable(waiting))


def _note_returns_of(users: list[int], now_ms: int | None) -> int:
    with connection.cursor() as cursor:
        asked = [users, settings.POSTING_LAG_MS, now_ms]
        cursor.execute("SELECT count(*) FROM bookings_note_returns(%s, %s, %s)", asked)
        return cursor.fetchone()[0]


def _batches(users: Sequence[int]) -> Iterator[list[int]]:
    return (list(users[first : first + BATCH]) for first in range(0, len(users), BATCH))
