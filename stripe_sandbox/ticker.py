"""What happens by itself: sessions expire, refunds settle, disputes end, accounts pay out, webhooks go out."""

import asyncio
import logging
from collections.abc import Callable

from stripe_sandbox import checkout, disputing, refunding
from stripe_sandbox.connect import accounts, payouts
from stripe_sandbox.store import Store, Tx
from stripe_sandbox.webhooks import Postman

log = logging.getLogger(__name__)
ACTIONS: dict[str, Callable[[Tx, str], None]] = {
    **checkout.TIMERS,
    **refunding.TIMERS,
    **disputing.TIMERS,
    **accounts.TIMERS,
    **payouts.TIMERS,
}
LONGEST_SLEEP = 1.0


async def tick_forever(store: Store, postman: Postman) -> None:
    """Wakes at each commit, when the next thing is due, and at least once a second."""
    while True:
        store.committed.clear()
        try:
            await store.run(run_due_timers, wake=False)
            await postman.round()
            wait = await store.run(lambda tx: seconds_until_next(tx, postman), wake=False)
        except Exception:  # whatever it was, time goes on
            log.exception("tick")
            wait = LONGEST_SLEEP
        await sleep_or_commit(store, wait)


async def sleep_or_commit(store: Store, seconds: float) -> None:
    try:
        await asyncio.wait_for(store.committed.wait(), seconds)
    except TimeoutError:
        return


def run_due_timers(tx: Tx) -> None:
    rows = tx.db.execute("SELECT * FROM timers WHERE due <= ? ORDER BY due, id LIMIT 100", (tx.time,)).fetchall()
    for row in rows:
        tx.db.execute("DELETE FROM timers WHERE id = ?", (row["id"],))
        run_timer(tx, row["action"], row["target"])


def run_timer(tx: Tx, action: str, target: str) -> None:
    """One that fails is logged and given up, or it would hold up all that come after it."""
    tx.db.execute("SAVEPOINT timer")
    try:
        ACTIONS[action](tx, target)
    except Exception:
        tx.db.execute("ROLLBACK TO timer")
        log.exception("%s %s", action, target)
    tx.db.execute("RELEASE timer")


def seconds_until_next(tx: Tx, postman: Postman) -> float:
    moments = [row["due"] for row in tx.db.execute("SELECT due FROM timers ORDER BY due LIMIT 1")]
    return min([LONGEST_SLEEP, *(max(moment - tx.time, 0.02) for moment in [*moments, *postman.next_due(tx)])])
