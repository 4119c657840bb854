"""/_sandbox/accounts/… and /_sandbox/payouts/…: what becomes of connected accounts and of their payouts."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from stripe_sandbox.connect import accounts, payouts
from stripe_sandbox.connect.banks import FATES
from stripe_sandbox.connect.requirements import REASONS
from stripe_sandbox.errors import StripeError
from stripe_sandbox.present import shown
from stripe_sandbox.store import Store, Tx

Body = dict[str, Any]
Work = Callable[[Tx, str, Body], Body]
Reader = Callable[[Request, set[str]], Awaitable[Body]]


def routes(store: Store, body_of: Reader) -> list[Route]:
    def answered(known: set[str], work: Work) -> Callable[[Request], Awaitable[JSONResponse]]:
        async def handle(request: Request) -> JSONResponse:
            asked = await body_of(request, known)
            named = request.path_params.get("id", "")
            return JSONResponse(await store.run(lambda tx: work(tx, named, asked)))

        return handle

    def post(path: str, work: Work, *known: str) -> Route:
        return Route(f"/_sandbox/{path}", answered(set(known), work), methods=["POST"])

    return [
        post("accounts/{id}/require", require, "fields", "disabled_reason", "seconds"),
        post("accounts/{id}/verify", verify, "bank"),
        post("accounts/{id}/deauthorize", deauthorize),
        post("payouts/run", run),
        post("payouts/{id}/fail", lambda tx, payout, _: payouts.fail(tx, payout)),
        post("payouts/{id}/pay", lambda tx, payout, _: payouts.succeed(tx, payout)),
    ]


def require(tx: Tx, account: str, asked: Body) -> Body:
    """{"fields": […], "disabled_reason": …}: at once, or with "seconds" by a deadline that is so far off."""
    fields, reason, seconds = asked.get("fields", []), asked.get("disabled_reason"), asked.get("seconds", 0)
    if not isinstance(fields, list) or not all(isinstance(one, str) and one for one in fields):
        raise StripeError("`fields` must be a list of requirements")
    if reason is not None and reason not in REASONS:
        raise StripeError(f"`disabled_reason` must be one of {', '.join(REASONS)}")
    if not fields and reason is None:
        raise StripeError("`fields` or `disabled_reason` must be given")
    if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds < 0:
        raise StripeError("`seconds` must be a whole number")
    existing(tx, account)
    deadline = tx.now + seconds if seconds else None
    return shown(tx, accounts.ask_more(tx, account, fields, reason=reason, deadline=deadline))


def verify(tx: Tx, account: str, asked: Body) -> Body:
    bank = asked.get("bank")
    if bank is not None and bank not in FATES:
        raise StripeError(f"`bank` must be one of {', '.join(FATES)}")
    existing(tx, account)
    return shown(tx, accounts.verify(tx, account, bank))


def deauthorize(tx: Tx, account: str, _: Body) -> Body:
    existing(tx, account)
    accounts.deauthorize(tx, account)
    return {"id": account, "deauthorized": True}


def existing(tx: Tx, account: str) -> None:
    tx.get("account", account)


def run(tx: Tx, _: str, __: Body) -> Body:
    return {"payouts": payouts.run_now(tx)}
