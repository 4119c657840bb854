"""Where the holder of a connected account tells Stripe about themselves."""

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from stripe_sandbox.connect import accounts
from stripe_sandbox.connect.links import ONBOARDING
from stripe_sandbox.connect.requirements import BANK, GOOD, NEEDED, OUTCOMES, blocking
from stripe_sandbox.errors import NoSuchObject
from stripe_sandbox.ids import new_id
from stripe_sandbox.pages.connect.common import HINTS, hinted_bank, opening, over, typed, within_session, wrong_bank
from stripe_sandbox.pages.look import language, not_found, render
from stripe_sandbox.pages.words import WORDS
from stripe_sandbox.store import Origin, Store, Tx

KIND = "account_link"
FIELDS = ("name", "birth", "id_number", "bank", "outcome", "action")


@dataclass
class Filled:
    """What was typed, and what is wrong with it."""

    name: str = ""
    birth: str = ""
    id_number: str = ""
    bank: str = ""
    outcome: str = GOOD
    action: str = ""
    errors: dict[str, str] = field(default_factory=dict)


SAMPLE = Filled(name="Lin Xiao", birth="1990-01-01", id_number="000000000000000000")


def routes(store: Store) -> list[Route]:
    async def show(request: Request) -> Response:
        return await shown_page(store, request, hinted(request))

    async def answer(request: Request) -> Response:
        return await answered(store, request)

    session = f"/connect/{ONBOARDING}/session/{{session}}"
    return [
        Route(f"/connect/{ONBOARDING}/{{link}}", opening(store, KIND, ONBOARDING), methods=["GET"]),
        Route(session, show, methods=["GET"]),
        Route(session, answer, methods=["POST"]),
    ]


def hinted(request: Request) -> Filled:
    """A tapped hint fills in the whole form: it is only ever tried out."""
    bank = hinted_bank(request)
    return replace(SAMPLE, bank=bank) if bank else Filled()


async def gathered(store: Store, request: Request) -> tuple[dict[str, Any], dict[str, Any] | None]:
    session = request.path_params["session"]
    return await store.run(lambda tx: within_session(tx, KIND, session), wake=False)


async def shown_page(store: Store, request: Request, filled: Filled, status: int = 200) -> Response:
    try:
        inner, account = await gathered(store, request)
    except NoSuchObject:
        return not_found(request)
    if account is None:
        return over(request, inner.get("refresh_url"))
    due = account["requirements"]["currently_due"]
    return render(
        "connect_onboard.html",
        language(request),
        status=status,
        here=request.url.path,  # without the fragment of a hint, which would go along to `return_url`
        leads_to=(inner["return_url"], inner["refresh_url"]),
        standing=standing(account["requirements"]),
        asks_person=asks_person(due),
        asks_bank=BANK in due,
        more=more_than_usual(due),
        filled=filled,
        hints=HINTS,
        outcomes=OUTCOMES,
        return_url=inner["return_url"],
    )


def standing(requirements: dict[str, Any]) -> str:
    """What is said to who has nothing to add: "rejected", "checking" or "done"."""
    reasons = {"rejected.other": "rejected", "requirements.pending_verification": "checking"}
    return reasons.get(requirements["disabled_reason"], "done")


def asks_person(due: list[str]) -> bool:
    return any(one in NEEDED for one in blocking(due))


def more_than_usual(due: list[str]) -> list[str]:
    return [one for one in due if one not in NEEDED]


async def answered(store: Store, request: Request) -> Response:
    """On to `return_url` in any case: coming back means nothing by itself."""
    fields: dict[str, Any] = dict(await typed(request, FIELDS))
    filled = Filled(**fields)
    try:
        inner, account = await gathered(store, request)
    except NoSuchObject:
        return not_found(request)
    if account is None:
        return over(request, inner.get("refresh_url"))
    due = account["requirements"]["currently_due"]
    if filled.action != "later" and due:
        filled.errors = wrong_fields(filled, due, WORDS[language(request)])
        if filled.errors:
            return await shown_page(store, request, filled, status=400)
        await store.run(lambda tx: tell(tx, account["id"], due, filled), Origin(new_id("req", 14)))
    return RedirectResponse(inner["return_url"], 303)


def tell(tx: Tx, account_id: str, due: list[str], filled: Filled) -> None:
    bank = filled.bank if BANK in due else None
    accounts.tell(tx, account_id, blocking(due), bank=bank, holder=filled.name or None, outcome=filled.outcome)


def wrong_fields(filled: Filled, due: list[str], words: dict[str, str]) -> dict[str, str]:
    wrong = wrong_person(filled, words) if asks_person(due) else {}
    if BANK in due:
        wrong |= wrong_bank(filled.bank, words)
    if blocking(due) and filled.outcome not in OUTCOMES:
        wrong["outcome"] = words["error_outcome"]
    return wrong


def wrong_person(filled: Filled, words: dict[str, str]) -> dict[str, str]:
    wrong = {} if filled.name else {"name": words["error_name"]}
    if not is_adult(filled.birth):
        wrong["birth"] = words["error_birth"]
    if not re.fullmatch(r"[0-9A-Za-z]{4,20}", filled.id_number):
        wrong["id_number"] = words["error_id_number"]
    return wrong


def is_adult(text: str) -> bool:
    try:
        born = date.fromisoformat(text)
    except ValueError:
        return False
    today = datetime.now(UTC).date()
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return 18 <= years <= 120
