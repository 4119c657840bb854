"""The signs of life that Celery workers leave in Redis, and the check of the three things a page needs."""

from functools import cache

import redis
from django.conf import settings
from django.db import Error, connection
from django.utils import timezone

KEY = "worker:heartbeat"
# Left by each sweep that came to its end: a worker may live and yet stop no clock.
SWEPT = "worker:swept"
FRESH_S = 30
TIMEOUT_S = 2


def _client() -> redis.Redis:
    return _kept_client(settings.REDIS_URL)


@cache
def _kept_client(url: str) -> redis.Redis:
    # Each sweep leaves its sign: a connection of its own for it would cost more than the sign.
    return redis.Redis.from_url(url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S)


def beat(key: str = KEY) -> None:
    """Redis itself lets the sign expire, so that no two machines' clocks are compared."""
    _client().set(key, timezone.now().isoformat(), ex=FRESH_S)


def parts() -> dict[str, str]:
    """`database`, `redis` and `worker`: each "ok" or what is wrong, without addresses or passwords."""
    return {"database": _database(), **_redis_and_worker()}


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        return f"unreachable ({type(error).__name__})"
    return "ok"


def _redis_and_worker() -> dict[str, str]:
    try:
        lives, swept = _client().mget(KEY, SWEPT)
    except redis.RedisError as error:
        return {"redis": f"unreachable ({type(error).__name__})", "worker": "unknown without redis"}
    return {"redis": "ok", "worker": _worker(bool(lives), bool(swept))}


def _worker(lives: bool, swept: bool) -> str:
    if not lives:
        return f"no sign of life for {FRESH_S} s"
    return "ok" if swept else f"no sweep came to its end for {FRESH_S} s"
