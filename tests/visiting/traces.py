"""Everywhere a word can have left a trace: all rows, all of Redis, what was logged, what was asked of the database."""

import base64
from collections.abc import Iterator
from typing import Any

import redis
from django.conf import settings
from django.db import connection

TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
READ = {
    "string": lambda store, key: [store.get(key)],
    "list": lambda store, key: store.lrange(key, 0, -1),
    "set": lambda store, key: store.smembers(key),
    "zset": lambda store, key: store.zrange(key, 0, -1),
    "hash": lambda store, key: [*store.hgetall(key).items()],
    "stream": lambda store, key: store.xrange(key),
}


def shapes(word: str) -> list[str]:
    """The word as it is, in the hexadecimal of a dump, and wherever it may stand in something base64."""
    plain = word.encode()
    shifted = [base64.b64encode(b"." * skip + plain)[4 * (skip > 0) : -4].decode() for skip in (0, 1, 2)]
    return [word, plain.hex(), word.encode("unicode_escape").decode(), *shifted]


def found_in(text: str, word: str) -> bool:
    return any(shape in text for shape in shapes(word))


def rows() -> Iterator[str]:
    """Each row of each table, as a dump has it."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            yield from (f"{table}: {row}" for (row,) in cursor.fetchall())


def kept_by_redis() -> Iterator[str]:
    store = redis.Redis.from_url(settings.REDIS_URL)
    for key in store.scan_iter():
        yield f"{key!r}: {_all_of(store, key)}"


def _all_of(store: Any, key: bytes) -> str:
    values = READ[store.type(key).decode()](store, key)
    return " ".join(str(one.decode(errors="replace") if isinstance(one, bytes) else one) for one in values)


def traces(word: str) -> list[str]:
    """Where it is found, in the database and in Redis."""
    return [place for place in (*rows(), *kept_by_redis()) if found_in(place, word)]
