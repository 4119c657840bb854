"""Who is connected, and when each was last: one ZSET in Redis, member = user, score = ms of the database's clock.

Each web process writes its users every WRITE_EVERY_S, and when the last socket of one goes (chat/live/presence.py).
What is missing here stops no clock: `presence:since` says since when the ZSET is complete, and nobody counts as gone
before that, nor before Redis itself was started (from an old snapshot, perhaps). Redis out of reach: nothing is known.

Beside it stands how far sweeps have come in dealing with those who are gone: `presence:asked`, `presence:looked`, in
the ZSET `presence:owed` who is still to be dealt with (score: until when that is waited for), and in `presence:later`
whose absence counts only at a moment to come (score).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from common.presence.hole import Hole
from common.presence.scripts import FORGET, GONE, NEWLY_GONE, PAY

KEY, SINCE, NOTED, OWED, LATER = "presence", "presence:since", "presence:asked", "presence:owed", "presence:later"
WRITE_EVERY_S = 15
# Whoever was last written down longer ago than this is not connected.
STALE_MS = 30_000
# Another sweep, a little later, may have found gone who was seen so shortly before that.
UNSURE_MS = 10_000
# Whoever is written down as gone so long after he went has to be owed as well (below): nobody would ask about him.
LATE_MS = 15_000
UNTIL_PAID = math.inf
TIMEOUT_S = 0.5
CHUNK = 5000


class PresenceUnknown(Exception):
    """Redis cannot be asked."""


@dataclass(frozen=True, slots=True)
class LastSeen:
    """When somebody was last known to be connected, in ms.

    `exact`: that moment was written down. Otherwise: he has not been since, and nothing is known of before.
    """

    ms: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How far all sweeps have come, in ms: who has just gone was asked about at `noted_ms`, everybody else at
    `looked_ms`, and `waits_for` are still to be dealt with."""

    noted_ms: int | None
    looked_ms: int | None
    waits_for: int


def floor_ms(*, since_ms: int, info: dict[str, Any], now_ms: int) -> int:
    """Before this moment nothing is known. `info`: Redis' answer to INFO server; `now_ms`: by the real clock."""
    return max(since_ms, now_ms - int(info.get("uptime_in_seconds", 0)) * 1000)


def last_seen(score: bytes | str, floor: int) -> LastSeen:
    """What a score ('' for none) says above that floor."""
    written = int(float(score)) if score else 0
    return LastSeen(written, True) if written >= floor else LastSeen(floor, False)


def gone(users: Sequence[int], *, now_ms: int, for_ms: int = STALE_MS) -> dict[int, LastSeen]:
    """Those of `users` who have not been connected for so long. Raises PresenceUnknown."""
    found: dict[int, LastSeen] = {}
    for first in range(0, len(users), CHUNK):
        found |= _ask(GONE, now_ms, now_ms - for_ms, *users[first : first + CHUNK])
    return _by(now_ms - for_ms, found)


def newly_gone(*, now_ms: int) -> dict[int, LastSeen]:
    """Who has been unconnected for STALE_MS only since the moment written down as "noted"; without one, everybody who
    has been for so long. Who was put off until now is owed from here on. Raises PresenceUnknown."""
    return _by(now_ms - STALE_MS, _ask(NEWLY_GONE, now_ms, STALE_MS))


def known_since(*, now_ms: int) -> int:
    """Before this moment nothing is known of anybody. Raises PresenceUnknown."""
    floor, _pairs = _answer(GONE, now_ms, now_ms)
    return floor


def connected(users: Sequence[int], *, now_ms: int) -> set[int]:
    """Those of `users` who are known to be connected: missing data counts for neither, nor does a moment at which
    somebody may have been who has gone by now. Raises PresenceUnknown."""
    if not users:
        return set()
    scores = _reach(lambda: client().zmscore(KEY, [str(user) for user in users]))
    return {user for user, score in zip(users, scores, strict=True) if score and score > _surely_here(now_ms)}


def forget(*, before_ms: int) -> None:
    """Takes out who was last seen before that, but for those who are owed or put off. Raises PresenceUnknown."""
    _reach(lambda: client().eval(FORGET, 3, KEY, OWED, LATER, before_ms))


def take_turn(name: str, *, seconds: int) -> bool:
    """True for one asker in so many seconds, of all processes. Raises PresenceUnknown."""
    return bool(_reach(lambda: client().set(f"{KEY}:{name}", 1, nx=True, ex=seconds)))


def give_back(name: str) -> None:
    """The turn was not used: the next asker has it. Raises PresenceUnknown."""
    _reach(lambda: client().delete(f"{KEY}:{name}"))


def write_moment(name: str, at_ms: int) -> None:
    """For all processes, and as long as Redis keeps it. Raises PresenceUnknown."""
    _reach(lambda: client().set(f"{KEY}:{name}", at_ms))


def moment_of(name: str) -> int | None:
    """Raises PresenceUnknown."""
    written = _reach(lambda: client().get(f"{KEY}:{name}"))
    return None if written is None else int(written)


def owe(users: Iterable[int], *, until_ms: float = UNTIL_PAID) -> None:
    """These are gone and still to be dealt with; after `until_ms` nothing waits for it any more. Who is owed already
    is never waited for longer. Raises PresenceUnknown."""
    if until := dict.fromkeys(map(str, users), until_ms):
        _reach(lambda: client().zadd(OWED, until, lt=True))


def put_off(moments: Mapping[int, int]) -> None:
    """These are gone, and it counts at a moment to come (ms), when they are owed. Of two moments the first holds: who
    is asked about too early is put off again. Raises PresenceUnknown."""
    if moments:
        _reach(lambda: client().zadd(LATER, _names(moments), lt=True))


def put_off_of(users: Sequence[int]) -> set[int]:
    """Those of `users` who are put off. Raises PresenceUnknown."""
    if not users:
        return set()
    moments = _reach(lambda: client().zmscore(LATER, [str(user) for user in users]))
    return {user for user, moment in zip(users, moments, strict=True) if moment is not None}


def paid(users: Iterable[int], *, gone: Mapping[int, LastSeen], later: Mapping[int, int], now_ms: int) -> None:
    """These have been dealt with, by what was known of them at `now_ms`, or are put off until later; so is who has been
    seen since and may have gone again. Raises PresenceUnknown."""
    told = [(user, gone[user].ms if user in gone else "", later.get(user, "")) for user in users]
    if told:
        _reach(
            lambda: client().eval(PAY, 3, KEY, OWED, LATER, _surely_here(now_ms), STALE_MS, *chain.from_iterable(told))
        )


def noted(at_ms: int, *, draw: int) -> list[int]:
    """Writes down that moment as "noted"; up to so many of those who are owed, drawn: who cannot be dealt with keeps
    nobody from his turn, and two sweeps seldom meet. Raises PresenceUnknown."""
    return [int(user) for user in _reach(lambda: _note(at_ms, draw))]


def owed(first_ms: float, last_ms: float) -> int:
    """How many are owed who are waited for until a moment between these two. Raises PresenceUnknown."""
    return _reach(lambda: client().zcount(OWED, first_ms, last_ms))


def progress(*, now_ms: int) -> Progress:
    """Raises PresenceUnknown."""
    noted_ms, looked_ms, waits_for = _reach(lambda: _progress(now_ms))
    return Progress(noted_ms and int(noted_ms), looked_ms and int(looked_ms), waits_for)


def is_silent() -> bool:
    """Has this process asked Redis for PRESENCE_SILENT_MS, again and again, without learning who is here?"""
    return _hole.is_silent()


@cache
def client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        retry=Retry(NoBackoff(), 1),
    )


def _surely_here(now_ms: int) -> int:
    return now_ms - STALE_MS + UNSURE_MS


def _by(until_ms: int, found: dict[int, LastSeen]) -> dict[int, LastSeen]:
    return {user: seen for user, seen in found.items() if seen.ms <= until_ms}


def _ask(script: str, now_ms: int, *arguments: int) -> dict[int, LastSeen]:
    floor, pairs = _answer(script, now_ms, *arguments)
    return {int(user): last_seen(score, floor) for user, score in zip(pairs[::2], pairs[1::2], strict=True)}


def _answer(script: str, now_ms: int, *arguments: int) -> tuple[int, list[bytes]]:
    """The floor, and user and score of each in turn."""
    info, answer = _reach(lambda: _run(script, now_ms, arguments))
    _hole.closed()
    since, *pairs = answer
    return floor_ms(since_ms=int(since), info=info, now_ms=now_ms), pairs


def _run(script: str, now_ms: int, arguments: Iterable[int]) -> list[Any]:
    with client().pipeline(transaction=False) as pipe:
        if _hole.is_open():
            pipe.set(SINCE, now_ms)
        pipe.info("server")
        pipe.eval(script, 5, KEY, SINCE, NOTED, OWED, LATER, now_ms, *arguments)
        return pipe.execute()[-2:]


def _names(scores: Mapping[int, int]) -> dict[str, int]:
    return {str(user): score for user, score in scores.items()}


def _note(at_ms: int, draw: int) -> list[bytes]:
    with client().pipeline(transaction=False) as pipe:
        pipe.set(NOTED, at_ms)
        pipe.zrandmember(OWED, draw)
        return pipe.execute()[-1]


def _progress(now_ms: int) -> list[Any]:
    with client().pipeline(transaction=False) as pipe:
        pipe.mget(NOTED, f"{KEY}:looked")
        pipe.zcount(OWED, f"({now_ms}", "+inf")
        moments, waits_for = pipe.execute()
    # Put off until a moment that was asked about already, by a round that was overtaken: the next one owes him.
    overtaken = client().zcount(LATER, "-inf", moments[0]) if moments[0] else 0
    return [*moments, waits_for + overtaken]


def _reach(ask: Any) -> Any:
    try:
        return ask()
    except redis.RedisError as error:
        _hole.failed()
        raise PresenceUnknown from error


_hole = Hole()
