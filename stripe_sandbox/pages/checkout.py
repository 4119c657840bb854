"""The hosted payment page."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from stripe_sandbox import checkout
from stripe_sandbox.cards import BY_KEY, NOT_A_TEST_CARD, Instrument, passes_luhn
from stripe_sandbox.errors import CardError, NoSuchObject, NotInThisState, StripeError
from stripe_sandbox.forms import decode
from stripe_sandbox.ids import new_id
from stripe_sandbox.pages.look import language, not_found, render
from stripe_sandbox.pages.words import WORDS
from stripe_sandbox.params import Email
from stripe_sandbox.store import Origin, Store, Tx

BEIJING = timezone(timedelta(hours=8))
HINTS = ("4242424242424242", "4000000000000002", "4000000000009995")
MORE_HINTS = (
    "4000002500003155",
    "4000002760003184",
    "4000000000000341",
    "4000000000007726",
    "4000000000005126",
    "4000000000000069",
    "4000000000000259",
    "4000000000001976",
)
FIELDS = ("method", "number", "expiry", "cvc", "email")
TEMPLATES = {"payment": "checkout.html", "setup": "keep.html"}
WHY = {
    ("payment", True): "complete",
    ("payment", False): "expired",
    ("setup", True): "kept",
    ("setup", False): "lapsed",
}
ANY_EXPIRY, ANY_CVC = "12 / 34", "123"


@dataclass
class Filled:
    """What the payer typed, and what is wrong with it."""

    method: str = "card"
    number: str = ""
    expiry: str = ""
    cvc: str = ""
    email: str = ""
    errors: dict[str, str] = field(default_factory=dict)


def routes(store: Store) -> list[Route]:
    async def show(request: Request) -> Response:
        return await shown_page(store, request, Filled(**hinted(request)), alert=failure(request))

    async def pay(request: Request) -> Response:
        return await paid_or_told(store, request)

    return [
        Route("/c/pay/{session}", show, methods=["GET"]),
        Route("/c/pay/{session}", pay, methods=["POST"]),
    ]


def failure(request: Request) -> str:
    """The key of what is said to a payer who comes back without having proved who they are."""
    return "declined_authentication" if request.query_params.get("failed") == "authentication" else ""


def hinted(request: Request) -> dict[str, Any]:
    """The test card of a hint that was tapped, filled in; works without scripts."""
    number = request.query_params.get("card", "")
    if number not in (*HINTS, *MORE_HINTS):
        return {}
    return {"number": grouped(number), "expiry": ANY_EXPIRY, "cvc": ANY_CVC}


def grouped(number: str) -> str:
    return " ".join(re.findall(r".{1,4}", number))


async def shown_page(store: Store, request: Request, filled: Filled, status: int = 200, alert: str = "") -> Response:
    try:
        session, inner, now = await store.run(lambda tx: load(tx, request.path_params["session"]), wake=False)
    except NoSuchObject:
        return not_found(request)
    lang = language(request, inner["locale"])
    if session["status"] != "open" or session["expires_at"] <= now:
        return closed(session, inner, lang)
    return render(
        TEMPLATES[session["mode"]],
        lang,
        status=status,
        leads_to=(session["success_url"], session["cancel_url"]),
        session=session,
        items=inner["line_items"],
        merchant=inner["merchant"],
        saves_card=bool(inner["card_future"] or inner["payment_intent_data"].get("setup_future_usage")),
        filled=filled,
        alert=said(WORDS[lang], session, alert) or alert,
        hints=[(number, grouped(number)) for number in HINTS],
        more_hints=[(number, grouped(number)) for number in MORE_HINTS],
        any_expiry=ANY_EXPIRY,
        any_cvc=ANY_CVC,
        seconds_left=session["expires_at"] - now,
        until=day_and_time(session["expires_at"], WORDS[lang]),
    )


def day_and_time(seconds: int, words: dict[str, str]) -> str:
    """A page may be open for a day."""
    then = datetime.fromtimestamp(seconds, BEIJING)
    return words["day_and_time"].format(then=then)


def closed(session: dict[str, Any], inner: dict[str, Any], lang: str) -> Response:
    done = session["status"] == "complete"
    onward = success_address(session) if done else session["cancel_url"]
    why = WHY[session["mode"], session["status"] == "complete"]
    return render(
        "closed.html",
        lang,
        status=200 if done else 410,
        why=why,
        onward=onward,
        session=session,
        merchant=inner["merchant"],
    )


def load(tx: Tx, session_id: str) -> tuple[dict[str, Any], dict[str, Any], int]:
    return tx.get(checkout.KIND, session_id), tx.inner(session_id), tx.now


async def paid_or_told(store: Store, request: Request) -> Response:
    filled = typed(decode(await request.body()))
    try:
        session, inner, _ = await store.run(lambda tx: load(tx, request.path_params["session"]), wake=False)
    except NoSuchObject:
        return not_found(request)
    words = WORDS[language(request, inner["locale"])]
    filled.errors = wrong_fields(filled, session, words)
    if filled.errors:
        return await shown_page(store, request, filled, status=400)
    try:
        session = await store.run(lambda tx: pay(tx, session["id"], filled), Origin(new_id("req", 14)))
    except CardError as error:
        return await shown_page(store, request, filled, status=402, alert=declined(error, session, words))
    except NotInThisState:
        return await shown_page(store, request, filled)
    return RedirectResponse(await store.run(lambda tx: next_address(tx, session), wake=False), 303)


def typed(form: dict[str, Any]) -> Filled:
    fields: dict[str, Any] = {name: str(form.get(name, "")).strip()[:200] for name in FIELDS}
    return Filled(**fields)


def pay(tx: Tx, session_id: str, filled: Filled) -> dict[str, Any]:
    """The session, completed now or by an earlier submit of the same form."""
    session = tx.get(checkout.KIND, session_id)
    if session["status"] == "complete":
        return session
    return checkout.pay(
        tx,
        session,
        instrument_of(filled),
        email=filled.email or None,
        expiry=expiry_of(filled.expiry) or (12, 2034),
    )


def instrument_of(filled: Filled) -> Instrument:
    """Raises CardError for a number that is no test card; it is never stored."""
    if filled.method != "card":
        return BY_KEY[filled.method]
    found = BY_KEY.get(digits(filled.number))
    if found is None:
        raise CardError(NOT_A_TEST_CARD.message, code=NOT_A_TEST_CARD.code, decline_code=NOT_A_TEST_CARD.decline_code)
    return found


def wrong_fields(filled: Filled, session: dict[str, Any], words: dict[str, str]) -> dict[str, str]:
    wrong = {}
    if filled.method not in session["payment_method_types"]:
        return {"method": words["error_method"]}
    if filled.email and not is_email(filled.email):
        wrong["email"] = words["error_email"]
    if filled.method == "card":
        wrong |= wrong_card(filled, words)
    return wrong


def wrong_card(filled: Filled, words: dict[str, str]) -> dict[str, str]:
    wrong = {}
    number = digits(filled.number)
    if not 12 <= len(number) <= 19:
        wrong["number"] = words["error_number"]
    elif not passes_luhn(number):
        wrong["number"] = words["error_luhn"]
    expiry = expiry_of(filled.expiry)
    if expiry is None:
        wrong["expiry"] = words["error_expiry"]
    elif expiry[::-1] < (datetime.now(UTC).year, datetime.now(UTC).month):
        wrong["expiry"] = words["error_past"]
    if not re.fullmatch(r"[0-9]{3,4}", filled.cvc):
        wrong["cvc"] = words["error_cvc"]
    return wrong


def is_email(text: str) -> bool:
    try:
        Email().read(text, "email")
    except StripeError:
        return False
    return True


def digits(text: str) -> str:
    return re.sub(r"[\s-]", "", text) if re.fullmatch(r"[0-9\s-]*", text) else ""


def expiry_of(text: str) -> tuple[int, int] | None:
    """(month, year) of "12 / 34", "12/2034" or "1234"."""
    matched = re.fullmatch(r"\s*(0?[1-9]|1[0-2])\s*[/\- ]?\s*((?:20)?[0-9]{2})\s*", text)
    return (int(matched[1]), 2000 + int(matched[2]) % 100) if matched else None


def declined(error: CardError, session: dict[str, Any], words: dict[str, str]) -> str:
    key = f"declined_{error.decline_code or error.code}"
    return said(words, session, key) or said(words, session, "declined_generic_decline")


def said(words: dict[str, str], session: dict[str, Any], key: str) -> str:
    """Some things are said differently to somebody who only keeps a card; empty for what nobody has words for."""
    return words.get(f"{session['mode']}_{key}") or words.get(key, "")


def next_address(tx: Tx, session: dict[str, Any]) -> str:
    """On to the merchant, or to the card's bank first."""
    if session["status"] == "complete":
        return success_address(session)
    intent = checkout.the_intent(tx, session, tx.inner(session["id"]))
    return intent["next_action"]["redirect_to_url"]["url"] if intent["next_action"] else f"/c/pay/{session['id']}"


def success_address(session: dict[str, Any]) -> str:
    return session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])
