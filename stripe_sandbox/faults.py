"""Trouble on demand: the next requests that match are failed, held up, or cut after they took effect."""

import asyncio
import fnmatch
import json
from dataclasses import asdict, dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stripe_sandbox.errors import ApiFault, StripeError
from stripe_sandbox.ids import new_id

KINDS = ("error", "error_after", "error_kept", "error_kept_after", "timeout", "slow", "drop")
SAFE_PREFIX = "/_sandbox"


@dataclass
class Fault:
    """`path` is a glob. What each kind does is told in the README's table of faults."""

    kind: str
    path: str = "/v1/*"
    method: str = "*"
    times: int = 1
    seconds: float = 30.0
    status: int = 500
    id: str = field(default_factory=lambda: new_id("fault", 8))

    def matches(self, scope: Scope) -> bool:
        right_method = self.method in ("*", scope["method"])
        return self.times > 0 and right_method and fnmatch.fnmatchcase(scope["path"], self.path)


class Faults:
    """Kept in memory: a restart of the stand-in ends all trouble."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []

    def add(self, asked: dict[str, Any]) -> Fault:
        """Raises StripeError for a fault that would never do what was meant."""
        wrong = [name for name, value in asked.items() if not sensible(name, value)]
        if wrong or "kind" not in asked:
            raise StripeError(f"A fault needs a `kind` of {', '.join(KINDS)}; wrong here: {sorted(wrong)}")
        fault = Fault(**asked)
        self.waiting.append(fault)
        return fault

    def next_for(self, scope: Scope) -> Fault | None:
        if scope["type"] != "http" or scope["path"].startswith(SAFE_PREFIX):
            return None
        for fault in self.waiting:
            if fault.matches(scope):
                fault.times -= 1
                self.waiting = [one for one in self.waiting if one.times > 0]
                return fault
        return None

    def clear(self) -> None:
        self.waiting = []

    def listed(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self.waiting]


def sensible(name: str, value: Any) -> bool:
    if name == "kind":
        return value in KINDS
    if name in ("path", "method"):
        return isinstance(value, str)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return value > 0 if name in ("times", "seconds") else name == "status" and 400 <= value < 600


class FaultGate:
    """The outermost layer, so that it can cut the connection under everything else."""

    def __init__(self, app: ASGIApp, faults: Faults):
        self.app = app
        self.faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self.faults.next_for(scope)
        if fault is None:
            await self.app(scope, receive, send)
        elif fault.kind == "error":
            await fail(send, fault.status)
        elif fault.kind == "slow":
            await self.app({**scope, "sandbox.slow": fault.seconds}, receive, send)
        elif fault.kind in ("error_kept", "error_kept_after"):
            fails = {"sandbox.fails": fault.status, "sandbox.fails_after": fault.kind == "error_kept_after"}
            await self.app({**scope, **fails}, receive, send)
        elif fault.kind == "timeout":
            await asyncio.sleep(fault.seconds)
            await cut(send)
        else:
            await self.app(scope, receive, swallow)
            await (cut(send) if fault.kind == "drop" else fail(send, fault.status))


async def swallow(_: Message) -> None:
    """The answer nobody gets."""


async def fail(send: Send, status: int) -> None:
    code = "rate_limit" if status == 429 else None
    error = ApiFault("The stand-in was asked to fail this request.", code=code)
    body = json.dumps(error.body()).encode()
    headers = [(b"content-type", b"application/json"), (b"request-id", new_id("req", 14).encode())]
    if status == 429:  # all that Stripe says about it; it never sends Retry-After
        headers.append((b"stripe-rate-limited-reason", b"global-rate"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def cut(send: Send) -> None:
    """Closes the socket without a byte. ASGI has no word for that, so uvicorn's transport is reached for."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        await fail(send, 502)
        return
    transport.abort()
    await asyncio.sleep(0.05)  # until the server has noticed, or it would try to answer for us
