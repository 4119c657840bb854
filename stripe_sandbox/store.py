"""Everything the stand-in remembers: one SQLite file, written by one thread, each call one durable transaction."""

import asyncio
import json
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from stripe_sandbox.clock import Clock
from stripe_sandbox.errors import NoSuchObject, StripeError

T = TypeVar("T")

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    account TEXT NOT NULL DEFAULT '',
    created INTEGER NOT NULL,
    body TEXT NOT NULL,
    inner TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, account, seq);
CREATE INDEX IF NOT EXISTS objects_by_intent ON objects (kind, json_extract(body, '$.payment_intent'));
CREATE INDEX IF NOT EXISTS objects_by_charge ON objects (kind, json_extract(body, '$.charge'));
CREATE INDEX IF NOT EXISTS objects_by_source ON objects (kind, json_extract(body, '$.source'));
CREATE INDEX IF NOT EXISTS objects_by_transfer ON objects (kind, json_extract(body, '$.transfer'));
CREATE INDEX IF NOT EXISTS objects_by_source_transaction
    ON objects (kind, json_extract(body, '$.source_transaction'));
CREATE TABLE IF NOT EXISTS timers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    due REAL NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    UNIQUE (action, target)
);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'dropped', 'failed')),
    created REAL NOT NULL,
    due REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    answer TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries (event);
CREATE TABLE IF NOT EXISTS idempotency (
    account TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    request TEXT NOT NULL,
    created INTEGER NOT NULL,
    status INTEGER,
    body TEXT,
    PRIMARY KEY (account, key)
);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
TABLES = ("objects", "timers", "deliveries", "idempotency", "settings")


@dataclass(frozen=True)
class Origin:
    """Who asked: the API request (its id and idempotency key stand in the events it causes), or nobody.

    `account` is the connected account it acts as; empty for the platform itself.
    """

    request_id: str | None = None
    idempotency_key: str | None = None
    account: str = ""


NOBODY = Origin()


class Tx:
    """One transaction. Objects are Stripe's JSON (`body`); what Stripe would keep to itself is in `inner`."""

    def __init__(self, db: sqlite3.Connection, time: float, origin: Origin):
        self.db = db
        self.time = time
        self.now = int(time)
        self.origin = origin

    def within(self, account: str) -> "Tx":
        """The same transaction and asker, acting as a connected account, or as the platform when that is empty."""
        return Tx(self.db, self.time, replace(self.origin, account=account))

    def home(self, object_id: str) -> "Tx":
        """The same transaction, within the account that owns the object; as it is when there is no such object."""
        row = self.db.execute("SELECT account FROM objects WHERE id = ?", (object_id,)).fetchone()
        return self.within(row["account"]) if row else self

    def add(self, body: dict[str, Any], inner: dict[str, Any] | None = None) -> dict[str, Any]:
        self.db.execute(
            "INSERT INTO objects (id, kind, account, created, body, inner) VALUES (?, ?, ?, ?, ?, ?)",
            (
                body["id"],
                body["object"],
                self.origin.account,
                body.get("created", self.now),
                dumps(body),
                dumps(inner or {}),
            ),
        )
        return body

    def get(self, kind: str, object_id: str, *, param: str | None = None) -> dict[str, Any]:
        """Raises NoSuchObject: 404, or 400 when `param` named it."""
        found = self.maybe(kind, object_id)
        if found is None:
            raise NoSuchObject(kind, object_id, param=param)
        return found

    def maybe(self, kind: str, object_id: str) -> dict[str, Any] | None:
        row = self.db.execute(
            "SELECT body FROM objects WHERE id = ? AND kind = ? AND account = ?", (object_id, kind, self.origin.account)
        ).fetchone()
        return json.loads(row["body"]) if row else None

    def inner(self, object_id: str) -> dict[str, Any]:
        row = self.db.execute("SELECT inner FROM objects WHERE id = ?", (object_id,)).fetchone()
        return json.loads(row["inner"])

    def save(self, body: dict[str, Any]) -> dict[str, Any]:
        self.db.execute("UPDATE objects SET body = ? WHERE id = ?", (dumps(body), body["id"]))
        return body

    def save_inner(self, object_id: str, inner: dict[str, Any]) -> None:
        self.db.execute("UPDATE objects SET inner = ? WHERE id = ?", (dumps(inner), object_id))

    def remove(self, object_id: str) -> None:
        self.db.execute("DELETE FROM objects WHERE id = ?", (object_id,))

    def bury(self, body: dict[str, Any]) -> dict[str, Any]:
        """Deletes it but for the answer that it is deleted, which is then of the kind "<kind>.deleted"."""
        gone = {"id": body["id"], "object": body["object"], "deleted": True}
        self.db.execute(
            "UPDATE objects SET kind = kind || '.deleted', body = ?, inner = '{}' WHERE id = ?",
            (dumps(gone), body["id"]),
        )
        return gone

    def find(self, kind: str, *, newest_first: bool = True, limit: int = -1, **equal: Any) -> list[dict[str, Any]]:
        """Objects of a kind whose body fields equal the given values."""
        conditions = [(f"json_extract(body, '$.{field}') = ?", value) for field, value in equal.items()]
        return self.select(kind, conditions, newest_first=newest_first, limit=limit)

    def select(
        self, kind: str, conditions: list[tuple[str, Any]], *, newest_first: bool = True, limit: int = -1
    ) -> list[dict[str, Any]]:
        """`conditions` are SQL written in this program, with one `?` each; values never become SQL."""
        where = "".join(f" AND {sql}" for sql, _ in conditions)
        order = "DESC" if newest_first else "ASC"
        query = f"SELECT body FROM objects WHERE kind = ? AND account = ?{where} ORDER BY seq {order} LIMIT ?"  # noqa: S608
        values = [value for _, value in conditions]
        rows = self.db.execute(query, (kind, self.origin.account, *values, limit))
        return [json.loads(row["body"]) for row in rows]

    def newest(self, kind: str, limit: int) -> list[dict[str, Any]]:
        """Of all accounts, newest first; for the pages that show everything."""
        rows = self.db.execute("SELECT body FROM objects WHERE kind = ? ORDER BY seq DESC LIMIT ?", (kind, limit))
        return [json.loads(row["body"]) for row in rows]

    def seq(self, kind: str, object_id: str) -> int | None:
        row = self.db.execute(
            "SELECT seq FROM objects WHERE id = ? AND kind = ? AND account = ?", (object_id, kind, self.origin.account)
        ).fetchone()
        return row["seq"] if row else None

    def set_timer(self, action: str, target: str, due: float) -> None:
        self.db.execute("INSERT OR REPLACE INTO timers (due, action, target) VALUES (?, ?, ?)", (due, action, target))

    def setting(self, name: str, default: Any = None) -> Any:
        row = self.db.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return json.loads(row["value"]) if row else default

    def set_setting(self, name: str, value: Any) -> None:
        self.db.execute("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", (name, dumps(value)))

    def forget_everything(self) -> None:
        for table in TABLES:
            self.db.execute(f"DELETE FROM {table}")  # noqa: S608


class Store:
    """`await store.run(work)` runs `work(tx)` in the one writing thread and commits before it answers."""

    def __init__(self, path: str, clock: Clock):
        self.clock = clock
        self.committed = asyncio.Event()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._db = self._thread.submit(connect, path).result()

    async def run(self, work: Callable[[Tx], T], origin: Origin = NOBODY, *, wake: bool = True) -> T:
        """`wake` tells the ticker that there may be something new to do."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._transact, work, origin)
        finally:
            if wake:
                self.committed.set()

    def _transact(self, work: Callable[[Tx], T], origin: Origin) -> T:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            result = work(Tx(self._db, self.clock.time(), origin))
        except StripeError as error:
            self._db.execute("COMMIT" if error.keeps_changes else "ROLLBACK")
            raise
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
        return result

    def close(self) -> None:
        self._thread.submit(self._db.close).result()
        self._thread.shutdown()


def connect(path: str) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA busy_timeout = 5000")
    db.executescript(SCHEMA)
    # A request that was running when the program died has left nothing else behind: its key is free again.
    db.execute("DELETE FROM idempotency WHERE status IS NULL")
    return db


def dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
