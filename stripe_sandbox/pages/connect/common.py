"""Links that open once, and what both pages ask: a bank account."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from stripe_sandbox.connect import links
from stripe_sandbox.connect.accounts import connected
from stripe_sandbox.connect.banks import FATES, GOOD
from stripe_sandbox.errors import NoSuchObject
from stripe_sandbox.forms import decode
from stripe_sandbox.pages.look import language, not_found, render
from stripe_sandbox.store import Store, Tx

HINTS = (GOOD, "000111111116")
Page = Callable[[Request], Awaitable[Response]]


def opening(store: Store, kind: str, where: str) -> Page:
    """GET of a link: on to a session of its own, or to `refresh_url` when it was used before or has expired."""

    async def handle(request: Request) -> Response:
        link = request.path_params["link"]
        try:
            inner, session = await store.run(lambda tx: links.opened(tx, kind, link))
        except NoSuchObject:
            return not_found(request)
        if session:
            return RedirectResponse(f"/connect/{where}/session/{session}", 303)
        return RedirectResponse(inner["refresh_url"], 303) if "refresh_url" in inner else over(request)

    return handle


def over(request: Request, onward: str | None = None) -> Response:
    return render("closed.html", language(request), status=410, why="link", onward=onward, session=None)


def within_session(tx: Tx, kind: str, session_id: str) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """What the session is for, and its account; None when either is over. Raises NoSuchObject."""
    inner = links.session(tx, kind, session_id)
    return (inner or {}), connected(tx, inner["account"]) if inner else None


def hinted_bank(request: Request) -> str:
    """The test number of a hint that was tapped; works without scripts."""
    number = request.query_params.get("bank", "")
    return number if number in HINTS else ""


async def typed(request: Request, names: tuple[str, ...]) -> dict[str, str]:
    form = decode(await request.body())
    return {name: str(form.get(name, "")).strip()[:200] for name in names}


def wrong_bank(number: str, words: dict[str, str]) -> dict[str, str]:
    return {} if number in FATES else {"bank": words["error_bank"]}
