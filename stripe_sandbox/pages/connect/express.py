"""The Express dashboard: what its holder has, what was paid out, and where to."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from stripe_sandbox.connect import accounts
from stripe_sandbox.connect.banks import bank_of
from stripe_sandbox.connect.links import EXPRESS
from stripe_sandbox.errors import NoSuchObject
from stripe_sandbox.ids import new_id
from stripe_sandbox.pages.connect.common import HINTS, hinted_bank, opening, over, typed, within_session, wrong_bank
from stripe_sandbox.pages.look import language, not_found, render
from stripe_sandbox.pages.words import WORDS
from stripe_sandbox.resources.balance import balance
from stripe_sandbox.store import Origin, Store, Tx

KIND = "login_link"
NEWEST = 20


def routes(store: Store) -> list[Route]:
    async def show(request: Request) -> Response:
        return await shown_page(store, request, hinted_bank(request))

    async def change(request: Request) -> Response:
        return await changed(store, request)

    session = f"/connect/{EXPRESS}/session/{{session}}"
    return [
        Route(f"/connect/{EXPRESS}/{{link}}", opening(store, KIND, EXPRESS), methods=["GET"]),
        Route(session, show, methods=["GET"]),
        Route(session, change, methods=["POST"]),
    ]


async def shown_page(
    store: Store, request: Request, number: str, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    session = request.path_params["session"]
    try:
        context = await store.run(lambda tx: gather(tx, session), wake=False)
    except NoSuchObject:
        return not_found(request)
    if context is None:
        return over(request)
    filled = {"bank": number, "errors": errors or {}}
    context |= {"filled": filled, "hints": HINTS, "here": request.url.path}
    return render("connect_express.html", language(request), status=status, **context)


def gather(tx: Tx, session: str) -> dict[str, Any] | None:
    _, account = within_session(tx, KIND, session)
    if account is None:
        return None
    home = tx.within(account["id"])
    return {
        "account": account,
        "home": accounts.known(tx, account["id"]).home,
        "balance": balance(home, {}),
        "bank": bank_of(home),
        "payouts": home.find("payout", limit=NEWEST),
    }


async def changed(store: Store, request: Request) -> Response:
    session = request.path_params["session"]
    number = (await typed(request, ("bank",)))["bank"]
    errors = wrong_bank(number, WORDS[language(request)])
    if errors:
        return await shown_page(store, request, number, errors, status=400)
    try:
        done = await store.run(lambda tx: change_bank(tx, session, number), Origin(new_id("req", 14)))
    except NoSuchObject:
        return not_found(request)
    return RedirectResponse(f"/connect/{EXPRESS}/session/{session}", 303) if done else over(request)


def change_bank(tx: Tx, session: str, number: str) -> bool:
    _, account = within_session(tx, KIND, session)
    if account is not None:
        accounts.give_bank(tx, account["id"], number)
    return account is not None
