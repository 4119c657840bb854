"""Deliveries: signed, over real HTTP, tried again with growing waits. The queue is a table and outlives a restart."""

import asyncio
import hashlib
import hmac
import json
import logging
import sqlite3
import time
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

import httpx

from stripe_sandbox.present import shown
from stripe_sandbox.store import Store, Tx

log = logging.getLogger(__name__)
AT_ONCE = 8
TIMEOUT = 10.0
LONGEST_WAIT = 3600.0
GIVE_UP_AFTER = 3 * 24 * 3600.0
USER_AGENT = "Stripe/1.0 (+https://stripe.com/docs/webhooks)"


@dataclass(frozen=True)
class Letter:
    delivery: int
    url: str
    secret: str
    payload: str


def sign(payload: str, secret: str, moment: int) -> str:
    """`t=…,v1=…`: HMAC-SHA256 over "t.payload" with the endpoint's secret."""
    mac = hmac.new(secret.encode(), f"{moment}.{payload}".encode(), hashlib.sha256)
    return f"t={moment},v1={mac.hexdigest()}"


def wait_before(attempt: int) -> float:
    """Seconds before the given attempt: 1, 2, 4, … up to an hour."""
    return min(2.0 ** (attempt - 2), LONGEST_WAIT)


class Postman:
    """Takes due deliveries and sends them, at most eight at a time, in the order they fell due."""

    def __init__(self, store: Store):
        self.store = store
        self.out: dict[int, asyncio.Task[None]] = {}
        self.http = httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False, trust_env=False)

    @property
    def room(self) -> int:
        return AT_ONCE - len(self.out)

    def next_due(self, tx: Tx) -> list[float]:
        """Nothing while no more can be sent: whatever comes back wakes the ticker."""
        return [moment for _, moment in pending(tx, self.out, 1)] if self.room else []

    async def round(self) -> None:
        for letter in await self.store.run(lambda tx: due(tx, self.out, self.room), wake=False):
            task = asyncio.create_task(self.send(letter))
            self.out[letter.delivery] = task
            task.add_done_callback(partial(self.back, letter.delivery))

    def back(self, delivery: int, _: asyncio.Task[None]) -> None:
        self.out.pop(delivery, None)
        self.store.committed.set()

    async def send(self, letter: Letter) -> None:
        answer, taken = await self.post(letter)
        await self.store.run(lambda tx: note(tx, letter.delivery, answer, taken=taken), wake=False)

    async def post(self, letter: Letter) -> tuple[str, bool]:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": USER_AGENT,
            "Stripe-Signature": sign(letter.payload, letter.secret, int(time.time())),
        }
        try:
            answer = await self.http.post(letter.url, content=letter.payload.encode(), headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return type(error).__name__, False
        return str(answer.status_code), answer.is_success

    async def close(self) -> None:
        for task in list(self.out.values()):
            task.cancel()
        await asyncio.gather(*self.out.values(), return_exceptions=True)
        await self.http.aclose()


def pending(tx: Tx, already_out: Collection[int], limit: int) -> list[tuple[sqlite3.Row, float]]:
    rows = tx.db.execute(
        "SELECT * FROM deliveries WHERE state = 'pending' ORDER BY due, id LIMIT ?", (limit + len(already_out),)
    )
    return [(row, row["due"]) for row in rows if row["id"] not in already_out][:limit]


def due(tx: Tx, already_out: Collection[int], limit: int) -> list[Letter]:
    found = [row for row, moment in pending(tx, already_out, limit) if moment <= tx.time]
    return [letter(tx, row["id"], row["event"], row["endpoint"]) for row in found]


def letter(tx: Tx, delivery: int, event_id: str, endpoint_id: str) -> Letter:
    endpoint = tx.get("webhook_endpoint", endpoint_id)
    payload = json.dumps(shown(tx, tx.home(event_id).get("event", event_id)), ensure_ascii=False, indent=2)
    return Letter(delivery, endpoint["url"], tx.inner(endpoint_id)["secret"], payload)


def note(tx: Tx, delivery: int, answer: str, *, taken: bool) -> None:
    """What came of an attempt. A row that is gone by now (endpoint deleted, everything reset) stays gone."""
    row = tx.db.execute("SELECT * FROM deliveries WHERE id = ?", (delivery,)).fetchone()
    if row is None:
        return
    attempts = row["attempts"] + 1
    wait = wait_before(attempts + 1)
    given_up = tx.time + wait > row["created"] + GIVE_UP_AFTER
    state = "delivered" if taken else "failed" if given_up else "pending"
    tx.db.execute(
        "UPDATE deliveries SET state = ?, attempts = ?, answer = ?, due = ? WHERE id = ?",
        (state, attempts, answer, tx.time + wait, delivery),
    )
    if not taken:
        log.warning("webhook delivery %s: attempt %s got %s", delivery, attempts, answer)
