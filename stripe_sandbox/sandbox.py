"""The parts of a running stand-in, and what the command line told it."""

import asyncio
import contextlib
from dataclasses import dataclass

from stripe_sandbox.clock import Clock
from stripe_sandbox.faults import Faults
from stripe_sandbox.refunding import SETTLE_SECONDS
from stripe_sandbox.resources.webhook_endpoints import new_endpoint
from stripe_sandbox.store import Store, Tx
from stripe_sandbox.ticker import tick_forever
from stripe_sandbox.webhooks import Postman

FROM_COMMAND_LINE = "From the command line"
CONNECT_FROM_COMMAND_LINE = "From the command line, for connected accounts"


@dataclass(frozen=True)
class Config:
    """`public_url` is where browsers find the hosted pages."""

    db: str
    public_url: str
    webhook_url: str | None = None
    webhook_secret: str | None = None
    connect_webhook_url: str | None = None
    connect_webhook_secret: str | None = None
    settle_seconds: float = SETTLE_SECONDS


class Sandbox:
    def __init__(self, config: Config):
        self.config = config
        self.store = Store(config.db, Clock())
        self.faults = Faults()
        self.postman: Postman | None = None
        self._ticking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self.store.clock.offset = await self.store.run(self.remember_config)
        self.postman = Postman(self.store)
        self._ticking = asyncio.create_task(tick_forever(self.store, self.postman))

    async def stop(self) -> None:
        if self._ticking:
            self._ticking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._ticking
        if self.postman:
            await self.postman.close()
        self.store.close()

    def remember_config(self, tx: Tx) -> float:
        """The clock's offset from before the restart."""
        tx.set_setting("public_url", self.config.public_url)
        tx.set_setting("settle_seconds", self.config.settle_seconds)
        if self.config.webhook_url and self.config.webhook_secret:
            listen(tx, self.config.webhook_url, self.config.webhook_secret)
        if self.config.connect_webhook_url and self.config.connect_webhook_secret:
            listen(tx, self.config.connect_webhook_url, self.config.connect_webhook_secret, connect=True)
        return tx.setting("offset", 0.0)

    async def set_offset(self, offset: float) -> None:
        self.store.clock.offset = offset
        await self.store.run(lambda tx: tx.set_setting("offset", offset))

    async def reset(self) -> None:
        self.faults.clear()
        self.store.clock.offset = 0.0

        def start_over(tx: Tx) -> None:
            tx.forget_everything()
            self.remember_config(tx)

        await self.store.run(start_over)


def listen(tx: Tx, url: str, secret: str, *, connect: bool = False) -> None:
    """The endpoint from the command line: one row, wherever it points at this start. What waits for it follows it."""
    name = CONNECT_FROM_COMMAND_LINE if connect else FROM_COMMAND_LINE
    found = tx.find("webhook_endpoint", description=name)
    if found:
        tx.save({**found[0], "url": url})
        tx.save_inner(found[0]["id"], {"secret": secret, "connect": connect})
    else:
        new_endpoint(tx, url=url, enabled_events=["*"], secret=secret, description=name, connect=connect)
