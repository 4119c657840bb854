"""/_sandbox/…: what a test can do to the stand-in that Stripe would never offer. JSON in, JSON out."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from stripe_sandbox import refunding
from stripe_sandbox.control import connect
from stripe_sandbox.errors import StripeError
from stripe_sandbox.events import NORMAL, listeners, queue_delivery
from stripe_sandbox.sandbox import Sandbox
from stripe_sandbox.store import Tx

MODES = ("normal", "dropped", "doubled", "delayed", "shuffled")


class Control:
    def __init__(self, sandbox: Sandbox):
        self.sandbox = sandbox
        self.store = sandbox.store

    def routes(self) -> list[Route]:
        return [
            Route("/_sandbox/healthz", self.health),
            Route("/_sandbox/state", self.state),
            Route("/_sandbox/clock", self.clock, methods=["GET", "POST"]),
            Route("/_sandbox/faults", self.faults, methods=["GET", "POST", "DELETE"]),
            Route("/_sandbox/webhooks", self.webhooks, methods=["GET", "POST"]),
            Route("/_sandbox/events/{event}/resend", self.resend, methods=["POST"]),
            Route("/_sandbox/refunds/{refund}/{outcome}", self.refund, methods=["POST"]),
            *connect.routes(self.store, body_of),
            Route("/_sandbox/reset", self.reset, methods=["POST"]),
        ]

    async def health(self, request: Request) -> JSONResponse:
        await self.store.run(lambda tx: tx.setting("public_url"), wake=False)
        return JSONResponse({"status": "ok"})

    async def state(self, request: Request) -> JSONResponse:
        """Counts, so that a test can prove that nothing was done twice."""
        return JSONResponse(await self.store.run(counts, wake=False))

    async def clock(self, request: Request) -> JSONResponse:
        """POST {"advance": seconds} or {"reset": true}. What falls due by it happens at once."""
        if request.method == "POST":
            asked = await body_of(request, {"advance", "reset"})
            offset = 0.0 if asked.get("reset") else self.store.clock.offset + number(asked.get("advance"), "advance")
            await self.sandbox.set_offset(offset)
        return JSONResponse({"now": self.store.clock.time(), "offset": self.store.clock.offset})

    async def faults(self, request: Request) -> JSONResponse:
        if request.method == "POST":
            self.sandbox.faults.add(await body_of(request))
        if request.method == "DELETE":
            self.sandbox.faults.clear()
        return JSONResponse({"faults": self.sandbox.faults.listed()})

    async def webhooks(self, request: Request) -> JSONResponse:
        """POST {"mode": …, "seconds": …}: for deliveries queued from now on."""
        if request.method == "POST":
            asked = await body_of(request, {"mode", "seconds"})
            if asked.get("mode") not in MODES:
                raise StripeError(f"`mode` must be one of {', '.join(MODES)}")
            number(asked.get("seconds", 0), "seconds")
            await self.store.run(lambda tx: tx.set_setting("webhooks", asked))
        return JSONResponse(await self.store.run(webhook_state, wake=False))

    async def resend(self, request: Request) -> JSONResponse:
        """The same event, signed anew, whatever the mode; to each endpoint that listens for it now."""
        event_id = request.path_params["event"]
        return JSONResponse({"queued": await self.store.run(lambda tx: resend(tx, event_id))})

    async def refund(self, request: Request) -> JSONResponse:
        """POST …/succeed or …/fail: settles a refund now instead of by its card."""
        refund_id, outcome = request.path_params["refund"], request.path_params["outcome"]
        actions = {"succeed": refunding.refund_succeeds, "fail": refunding.refund_fails}
        if outcome not in actions:
            raise StripeError("A refund can be made to succeed or to fail", status=404)
        await self.store.run(lambda tx: actions[outcome](tx, refund_id))
        return JSONResponse(await self.store.run(lambda tx: tx.get("refund", refund_id), wake=False))

    async def reset(self, request: Request) -> JSONResponse:
        await self.sandbox.reset()
        return JSONResponse({"status": "empty"})


async def body_of(request: Request, known: set[str] | None = None) -> dict[str, Any]:
    try:
        asked = json.loads(await request.body() or b"{}")
    except ValueError as error:
        raise StripeError(f"Not JSON: {error}") from error
    if not isinstance(asked, dict) or (known is not None and not set(asked) <= known):
        raise StripeError(f"Expected a JSON object with {sorted(known or [])}")
    return asked


def number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise StripeError(f"`{name}` must be a number of seconds")
    return float(value)


def counts(tx: Tx) -> dict[str, Any]:
    objects = tx.db.execute("SELECT kind, count(*) AS n FROM objects GROUP BY kind ORDER BY kind")
    deliveries = tx.db.execute("SELECT state, count(*) AS n FROM deliveries GROUP BY state ORDER BY state")
    return {
        "objects": {row["kind"]: row["n"] for row in objects},
        "deliveries": {row["state"]: row["n"] for row in deliveries},
    }


def webhook_state(tx: Tx) -> dict[str, Any]:
    return {**tx.setting("webhooks", NORMAL), "deliveries": counts(tx)["deliveries"]}


def resend(tx: Tx, event_id: str) -> int:
    home = tx.home(event_id)
    endpoints = listeners(home, home.get("event", event_id)["type"])
    for endpoint in endpoints:
        queue_delivery(tx, event_id, endpoint["id"], state="pending", due=tx.time)
    return len(endpoints)
