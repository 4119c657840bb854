"""/_sandbox/…/dispute and /_sandbox/disputes/…: a test opens a dispute, and decides it. JSON in, JSON out."""

from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from stripe_sandbox import disputing
from stripe_sandbox.cards import Complaint
from stripe_sandbox.control import body_of
from stripe_sandbox.errors import StripeError
from stripe_sandbox.present import shown
from stripe_sandbox.store import Store, Tx

ACTIONS = {
    "win": partial(disputing.end, outcome="won"),
    "lose": partial(disputing.end, outcome="lost"),
    "escalate": disputing.escalate,
    "give_back": disputing.give_back,
}


def routes(store: Store) -> list[Route]:
    async def dispute(request: Request) -> JSONResponse:
        """POST {"reason", "amount"?, "inquiry"?}: the holder of the card complains now."""
        complaint, amount = wanted(await body_of(request, {"reason", "amount", "inquiry"}))
        charge = request.path_params["charge"]
        return JSONResponse(await store.run(lambda tx: opened(tx, charge, complaint, amount)))

    async def decide(request: Request) -> JSONResponse:
        """POST …/win, …/lose, …/escalate for an inquiry, or …/give_back for one that was lost."""
        dispute_id, action = request.path_params["dispute"], ACTIONS.get(request.path_params["action"])
        if action is None:
            raise StripeError(f"A dispute can be made to {', '.join(ACTIONS)}", status=404)
        return JSONResponse(await store.run(lambda tx: decided(tx, dispute_id, action)))

    return [
        Route("/_sandbox/charges/{charge}/dispute", dispute, methods=["POST"]),
        Route("/_sandbox/disputes/{dispute}/{action}", decide, methods=["POST"]),
    ]


def opened(tx: Tx, charge: str, complaint: Complaint, amount: int | None) -> dict[str, Any]:
    return shown(tx, disputing.open_dispute(tx, tx.get("charge", charge), complaint, amount))


def decided(tx: Tx, dispute_id: str, action: Any) -> dict[str, Any]:
    action(tx, dispute_id)
    return shown(tx, tx.get(disputing.KIND, dispute_id))


def wanted(asked: dict[str, Any]) -> tuple[Complaint, int | None]:
    reason, amount, inquiry = asked.get("reason"), asked.get("amount"), asked.get("inquiry", False)
    if reason not in disputing.NETWORK_CODES:
        raise StripeError(f"`reason` must be one of {', '.join(disputing.NETWORK_CODES)}")
    if amount is not None and (isinstance(amount, bool) or not isinstance(amount, int)):
        raise StripeError("`amount` must be an integer of the minor unit")
    if not isinstance(inquiry, bool):
        raise StripeError("`inquiry` must be true or false")
    return Complaint(reason, inquiry=inquiry), amount
