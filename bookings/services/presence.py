"""Who is away stops the clock, who is back starts it: what presence (common/presence.py) means for bookings.

The socket of somebody who connects does this for him at once (bookings_note_arrival); here it is done for all, so that
it happens also when no socket could: each second for those who have just been gone too long, and every LOOK_EVERY_S,
by one of all sweeps, for those who may be gone without having been asked about. Clocks wait behind this, so that it
stops after a while: who is left is owed, and the next sweeps go on with him.
"""

import logging
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from django.conf import settings
from django.db import DataError, IntegrityError, connection, transaction

from bookings.models import UNSETTLED, Booking, PauseReason, State
from common import presence
from common.clock import database_now_ms
from common.presence import LastSeen, PresenceUnknown

# How many bookings moved, and whose somebody else has.
Noted = tuple[int, set[int]]
# Locks all others until the transaction ends: who is named here and what is passed over then are the same.
HELD = """
WITH theirs AS MATERIALIZED (SELECT bookings_open_orders_of(%s) AS id),
     mine AS MATERIALIZED (SELECT b.id FROM bookings_booking b WHERE b.id IN (SELECT bookings_open_orders_of(%s))
               ORDER BY b.id FOR NO KEY UPDATE SKIP LOCKED)
SELECT companion_id, client_id FROM bookings_booking WHERE id IN (SELECT id FROM theirs EXCEPT SELECT id FROM mine)
"""
LOOK_EVERY_S = 15
# How long those who are gone, and those who are back, may keep the meter waiting in one round; each at most by BATCH
# longer.
ABSENCES_S, RETURNS_S = 0.6, 0.3
# So many people's bookings are locked at once.
BATCH = 100
# More than one round gets through.
DRAW = 1000
# Longer than anybody may be gone without effect: nobody is forgotten before he was dealt with.
KEPT_MS = settings.CLIENT_GRACE_MS + 20_000
# Who is missing in what is kept for so long, although nothing of it was lost, has been missing since his clock began.
RECENT_MS = KEPT_MS + 2 * LOOK_EVERY_S * 1000
# Without a look for so long somebody may have been missed.
LOOKED_MS = 4 * LOOK_EVERY_S * 1000
# What was asked holds for so long: it told of everybody gone for COMPANION_GRACE_MS, and posting and settling lag
# POSTING_LAG_MS behind, which is as much more.
HOLDS_MS = LOOK_EVERY_S * 1000
# PostgreSQL ends what hangs before that (marketplace/settings.py). What does not end must not stop all money.
HELD_MS = 300_000

# Those whose absence keeps a clock from running.
AWAY = {PauseReason.COMPANION_AWAY: "companion_id", PauseReason.CLIENT_AWAY: "client_id"}

log = logging.getLogger(__name__)


def notice(*, now_ms: int | None = None) -> int:
    """Returns how many bookings moved. `now_ms` is for tests.

    Raises PresenceUnknown: while nothing is known of anybody, nothing moves.
    """
    asked_ms = database_now_ms() if now_ms is None else now_ms
    return _notice_absences(asked_ms, time.monotonic() + ABSENCES_S) + _note_returns(asked_ms, now_ms)


def is_looked_at() -> bool:
    """May minutes be posted and orders settled by now? Neither is taken back, so everybody has been asked about before,
    by whichever sweep, and dealt with. Redis that does not answer is waited for as well, until it is silent."""
    now_ms = database_now_ms()
    try:
        progress = presence.progress(now_ms=now_ms)
    except PresenceUnknown:
        return presence.is_silent()
    asked = (progress.noted_ms, progress.looked_ms)
    return not progress.waits_for and all(_is_within(HOLDS_MS, moment_ms, now_ms) for moment_ms in asked)


def _is_within(ms: int, moment_ms: int | None, now_ms: int) -> bool:
    """A moment from the future is one of a clock that was set back."""
    return moment_ms is not None and now_ms - ms <= moment_ms <= now_ms


def _notice_absences(asked_ms: int, ends: float) -> int:
    graces = (settings.COMPANION_GRACE_MS, settings.CLIENT_GRACE_MS)
    moved = _note_absences(presence.newly_gone(now_ms=asked_ms, for_ms=graces), asked_ms, ends)
    owed = presence.noted(asked_ms, draw=DRAW)
    return moved + _note_owed(owed, asked_ms, ends) + _look(asked_ms, ends)


def _note_owed(users: list[int], asked_ms: int, ends: float) -> int:
    """Asked again: who has come back since was dealt with as he came."""
    moved = 0
    for some in _until(ends, _batches(users)):
        gone = presence.gone(some, now_ms=asked_ms, for_ms=settings.COMPANION_GRACE_MS)
        more, held = _note_absences_of(sorted(gone), gone, asked_ms)
        presence.paid(set(some) - held)
        presence.owe(held, until_ms=asked_ms + HELD_MS)
        moved += more
    return moved


def _look(asked_ms: int, ends: float) -> int:
    if not presence.take_turn("look", seconds=LOOK_EVERY_S):
        return 0
    began = time.monotonic()
    try:
        moved = _note_absences(_gone_by_name(asked_ms), asked_ms, ends)
    except Exception:
        presence.give_back("look")
        raise
    if (took := time.monotonic() - began) > LOOK_EVERY_S:
        log.error("a look took %.0f s, longer than it holds: nothing can be posted or settled", took)
    presence.write_moment("looked", asked_ms)
    _forget(asked_ms)
    return moved


def _forget(asked_ms: int) -> None:
    """Nobody of whom the moment is still needed."""
    if presence.owed(-math.inf, math.inf):
        _tell_who_is_owed(asked_ms)
    else:
        presence.forget(before_ms=asked_ms - KEPT_MS)


def _tell_who_is_owed(asked_ms: int) -> None:
    if untried := presence.owed(presence.UNTIL_PAID, presence.UNTIL_PAID):
        log.warning("%s people who are gone are still to be dealt with; nothing is posted or settled before", untried)
    if locked := presence.owed(asked_ms, asked_ms + HELD_MS - LOOK_EVERY_S * 1000):
        log.warning("orders of %s people who are gone are locked; nothing is posted or settled before", locked)
    if presence.owed(-math.inf, asked_ms):
        log.error("an order has been locked for minutes: all others are posted, whoever is away from that one")


def _gone_by_name(now_ms: int) -> dict[int, LastSeen]:
    """Who is gone and was not asked about when he had just been gone for so long: he was never written down, or his
    clock began afterwards."""
    companions, clients = _running(since_ms=0 if _may_have_missed(now_ms) else now_ms - RECENT_MS)
    hers = presence.gone(companions, now_ms=now_ms, for_ms=settings.COMPANION_GRACE_MS)
    his = presence.gone(clients, now_ms=now_ms, for_ms=settings.CLIENT_GRACE_MS)
    closed = presence.gone(_stopped(), now_ms=now_ms, for_ms=settings.COMPANION_GRACE_MS)
    # What is closed is cut at a moment that was written down only.
    return hers | his | {user: seen for user, seen in closed.items() if seen.exact}


def _may_have_missed(now_ms: int) -> bool:
    """Redis lost who was in it, or no worker has looked for a while."""
    looked_ms = presence.moment_of("looked")
    return not _is_within(LOOKED_MS, looked_ms, now_ms) or presence.known_since(now_ms=now_ms) > now_ms - RECENT_MS


def _running(*, since_ms: int) -> tuple[list[int], list[int]]:
    """The companions and the clients of all online orders whose clock has begun to run since then."""
    live = Booking.objects.filter(state=State.LIVE, online=True, live_since_ms__gte=since_ms)
    pairs = list(live.values_list("companion_id", "client_id"))
    return [companion for companion, _ in pairs], [client for _, client in pairs]


def _stopped() -> list[int]:
    """Everybody in an online order whose last stretch can still turn out shorter, unless an absence was its end."""
    # Each in the words of an index of its own.
    paused = Booking.objects.filter(state=State.PAUSED).exclude(pause_reason__in=AWAY)
    unsettled = Booking.objects.filter(state__in=UNSETTLED, online=True)
    pairs = [orders.values_list("companion_id", "client_id") for orders in (paused, unsettled)]
    return list(set(chain.from_iterable(chain(*pairs))))


def _note_absences(gone: dict[int, LastSeen], asked_ms: int, ends: float = math.inf) -> int:
    """Whoever there is no time for is owed."""
    moved, users = 0, sorted(gone)
    for some in _until(ends, _batches(users)):
        more, held = _note_absences_of(some, gone, asked_ms)
        presence.owe(held, until_ms=asked_ms + HELD_MS)
        moved, users = moved + more, users[len(some) :]
    presence.owe(users)
    return moved


def _note_absences_of(users: list[int], gone: dict[int, LastSeen], asked_ms: int) -> Noted:
    return _contained(users, lambda some: _note_together(some, gone, asked_ms))


def _contained(users: list[int], note: Callable[[list[int]], Noted]) -> Noted:
    """One whose order breaks a rule is left for people to look at: all others must have their turn."""
    if not users:
        return 0, set()
    try:
        with transaction.atomic():
            return note(users)
    except (IntegrityError, DataError):
        if len(users) == 1:
            log.exception("what user %s does to clocks cannot be noted", users[0])
            return 0, set()
    half = len(users) // 2
    (moved, held), (more, more_held) = _contained(users[:half], note), _contained(users[half:], note)
    return moved + more, held | more_held


def _note_together(users: list[int], gone: dict[int, LastSeen], asked_ms: int) -> Noted:
    seen = [gone[user] for user in users]
    asked = [users, [one.ms for one in seen], [one.exact for one in seen], settings.POSTING_LAG_MS, asked_ms]
    with connection.cursor() as cursor:
        cursor.execute(HELD, [users, users])
        held = set(chain.from_iterable(cursor.fetchall())) & set(users)
        cursor.execute("SELECT bookings_note_absences(%s, %s, %s, %s, %s)", asked)
        return cursor.fetchone()[0], held


def _note_returns(asked_ms: int, now_ms: int | None) -> int:
    """A clock goes on at the moment the database writes it, however long ago the round began."""
    ends = time.monotonic() + RETURNS_S
    back = presence.connected(list(_waited_for()), now_ms=asked_ms)
    return sum(_note_returns_of(some, now_ms) for some in _until(ends, _batches(sorted(back))))


def _waited_for() -> set[int]:
    paused = Booking.objects.filter(state=State.PAUSED, online=True)
    waiting = [paused.filter(pause_reason=reason).values_list(side, flat=True) for reason, side in AWAY.items()]
    return set(chain.from_iterable(waiting))


def _note_returns_of(users: list[int], now_ms: int | None) -> int:
    moved, _held = _contained(users, lambda some: (_return_together(some, now_ms), set()))
    return moved


def _return_together(users: list[int], now_ms: int | None) -> int:
    with connection.cursor() as cursor:
        asked = [users, settings.POSTING_LAG_MS, now_ms]
        cursor.execute("SELECT count(*) FROM bookings_note_returns(%s, %s, %s)", asked)
        return cursor.fetchone()[0]


def _batches(users: Sequence[int]) -> Iterator[list[int]]:
    return (list(users[first : first + BATCH]) for first in range(0, len(users), BATCH))


def _until(ends: float, batches: Iterable[list[int]]) -> Iterator[list[int]]:
    return (some for some in batches if time.monotonic() < ends)
