"""Who is away stops the clock, who is back starts it: what presence (common/presence) means for bookings.

The socket of somebody who connects does this for him at once (bookings_note_arrival); here it is done for all, so that
it happens also when no socket could: each second for those who have just been gone too long, and every LOOK_EVERY_S,
by one of all sweeps, for those who may be gone without having been asked about. Everybody is asked about as soon as
presence calls him gone; when that counts stands in the terms of his orders, and until then he is put off. Clocks wait
behind this, so that it stops after a while: who is left is owed, and the next sweeps go on with him.
"""

import logging
import math
import time
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from django.conf import settings
from django.db import DataError, IntegrityError, connection, transaction

from bookings.models import UNSETTLED, Booking, PauseReason, State
from common import presence
from common.clock import database_now_ms
from common.presence import STALE_MS, LastSeen, PresenceUnknown

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
# After a round that stood still for so long, what it knew is too old to say that somebody is owed nothing.
STOOD_S = 5
# So many people's bookings are locked at once.
BATCH = 100
# More than one round gets through.
DRAW = 1000
# Longer than one of whom nothing is kept may be gone without effect.
KEPT_MS = max(settings.COMPANION_GRACE_MS, settings.CLIENT_GRACE_MS) + 20_000
# Without a look for so long somebody may have been missed.
LOOKED_MS = 4 * LOOK_EVERY_S * 1000
# So young a clock is asked about by name, and everybody while so little is known: a look comes within LOOKED_MS, from
# STALE_MS on somebody is gone, and what starts a clock may hang for two minutes before others see it.
RECENT_MS = 4 * LOOKED_MS
# What was asked holds for so long: it told of everybody whose absence counted by then, COMPANION_GRACE_MS after he
# went, and posting and settling lag POSTING_LAG_MS behind, which is as much more (bookings/checks.py).
HOLDS_MS = LOOK_EVERY_S * 1000
# PostgreSQL ends what hangs before that (marketplace/settings.py). What does not end must not stop all money.
HELD_MS = 300_000

# Those whose absence keeps a clock from running.
AWAY = {PauseReason.COMPANION_AWAY: "companion_id", PauseReason.CLIENT_AWAY: "client_id"}

log = logging.getLogger(__name__)


class Noted(NamedTuple):
    """How many bookings moved, who could not be dealt with, and whose absence counts only later, from which ms on."""

    moved: int
    held: set[int]
    later: dict[int, int]


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
    newly_gone = presence.newly_gone(now_ms=asked_ms)
    moved = _note_absences(newly_gone, asked_ms, ends)
    owed = presence.noted(asked_ms, draw=DRAW)
    return moved + _note_owed(owed, asked_ms, ends) + _look(asked_ms, ends, but=newly_gone)


def _note_owed(users: list[int], asked_ms: int, ends: float) -> int:
    """Asked again: who has come back since was dealt with as he came."""
    moved = 0
    for some in _until(ends, _batches(users)):
        gone = presence.gone(some, now_ms=asked_ms)
        noted = _note_absences_of(sorted(gone), gone, asked_ms)
        if time.monotonic() < ends + STOOD_S:
            presence.paid(set(some) - noted.held, gone=gone, later=noted.later, now_ms=asked_ms)
        presence.owe(noted.held, until_ms=asked_ms + HELD_MS)
        moved += noted.moved
    return moved


def _look(asked_ms: int, ends: float, *, but: Container[int]) -> int:
    """Who was asked about in this round already is what he was at `asked_ms`."""
    if not presence.take_turn("look", seconds=LOOK_EVERY_S):
        return 0
    began = time.monotonic()
    try:
        gone = {user: seen for user, seen in _gone_by_name(asked_ms).items() if user not in but}
        moved = _note_absences(gone, asked_ms, ends)
    except Exception:
        presence.give_back("look")
        raise
    if (took := time.monotonic() - began) > LOOK_EVERY_S:
        log.error("a look took %.0f s, longer than it holds: nothing can be posted or settled", took)
    presence.write_moment("looked", asked_ms)
    _tell_who_is_owed(asked_ms)
    presence.forget(before_ms=asked_ms - KEPT_MS)
    return moved


def _tell_who_is_owed(asked_ms: int) -> None:
    if untried := presence.owed(presence.UNTIL_PAID, presence.UNTIL_PAID):
        log.warning("%s people who are gone are still to be dealt with; nothing is posted or settled before", untried)
    if locked := presence.owed(asked_ms, asked_ms + HELD_MS - LOOK_EVERY_S * 1000):
        log.warning("orders of %s people who are gone are locked or break a rule; nothing is posted before", locked)
    if presence.owed(-math.inf, asked_ms):
        log.error("an order has been locked for minutes, or has broken a rule for minutes: all others are posted")


def _gone_by_name(now_ms: int) -> dict[int, LastSeen]:
    """Who is gone and was not asked about when that began: he was never written down, or his clock began afterwards."""
    looked_ms = presence.moment_of("looked")
    new_ms = looked_ms - STALE_MS if looked_ms and _is_within(LOOKED_MS, looked_ms, now_ms) else 0
    running = _running(since_ms=now_ms - RECENT_MS if new_ms and not _is_young(now_ms) else 0)
    gone = presence.gone(list(running), now_ms=now_ms)
    # A clock that began since the last look may need him sooner than he was put off until.
    put_off = presence.put_off_of([user for user in gone if running[user] < new_ms])
    return {user: seen for user, seen in gone.items() if user not in put_off} | _gone_from_closed(now_ms)


def _is_young(now_ms: int) -> bool:
    """Redis lost who was in it, not long ago."""
    return presence.known_since(now_ms=now_ms) > now_ms - RECENT_MS


def _running(*, since_ms: int) -> dict[int, int]:
    """Everybody in an online order whose clock has begun to run since then, and when it did."""
    live = Booking.objects.filter(state=State.LIVE, online=True, live_since_ms__gte=since_ms).order_by("live_since_ms")
    began = live.values_list("companion_id", "client_id", "live_since_ms")
    return {user: ms or 0 for companion, client, ms in began for user in (companion, client)}


def _gone_from_closed(now_ms: int) -> dict[int, LastSeen]:
    """What is closed is cut at a moment that was written down only."""
    return {user: seen for user, seen in presence.gone(_stopped(), now_ms=now_ms).items() if seen.exact}


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
        noted = _note_absences_of(some, gone, asked_ms)
        presence.put_off(noted.later)
        presence.owe(noted.held, until_ms=asked_ms + HELD_MS)
        moved, users = moved + noted.moved, users[len(some) :]
    presence.owe(users)
    return moved


def _note_absences_of(users: list[int], gone: dict[int, LastSeen], asked_ms: int) -> Noted:
    return _contained(users, lambda some: _note_together(some, gone, asked_ms))


def _contained(users: list[int], note: Callable[[list[int]], Noted]) -> Noted:
    """One whose order breaks a rule is as one whose order is locked: all others have their turn."""
    if not users:
        return Noted(0, set(), {})
    try:
        with transaction.atomic():
            return note(users)
    except (IntegrityError, DataError):
        if len(users) == 1:
            _tell_of_broken(users[0])
            return Noted(0, set(users), {})
    half = len(users) // 2
    one, other = _contained(users[:half], note), _contained(users[half:], note)
    return Noted(one.moved + other.moved, one.held | other.held, one.later | other.later)


def _tell_of_broken(user: int) -> None:
    """Not each second."""
    if presence.take_turn(f"broken:{user}", seconds=LOOK_EVERY_S):
        log.exception("what user %s does to clocks cannot be noted", user)


def _note_together(users: list[int], gone: dict[int, LastSeen], asked_ms: int) -> Noted:
    seen_ms, exact = [gone[user].ms for user in users], [gone[user].exact for user in users]
    with connection.cursor() as cursor:
        cursor.execute(HELD, [users, users])
        held = set(chain.from_iterable(cursor.fetchall())) & set(users)
        asked = [users, seen_ms, exact, settings.POSTING_LAG_MS, asked_ms]
        cursor.execute("SELECT bookings_note_absences(%s, %s, %s, %s, %s)", asked)
        moved = cursor.fetchone()[0]
        cursor.execute("SELECT * FROM bookings_absences_to_come(%s, %s, %s)", [users, seen_ms, asked_ms])
        return Noted(moved, held, dict(cursor.fetchall()))


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
    return _contained(users, lambda some: Noted(_return_together(some, now_ms), set(), {})).moved


def _return_together(users: list[int], now_ms: int | None) -> int:
    with connection.cursor() as cursor:
        asked = [users, settings.POSTING_LAG_MS, now_ms]
        cursor.execute("SELECT count(*) FROM bookings_note_returns(%s, %s, %s)", asked)
        return cursor.fetchone()[0]


def _batches(users: Sequence[int]) -> Iterator[list[int]]:
    return (list(users[first : first + BATCH]) for first in range(0, len(users), BATCH))


def _until(ends: float, batches: Iterable[list[int]]) -> Iterator[list[int]]:
    return (some for some in batches if time.monotonic() < ends)
