"""The page of the card's bank: 3-D Secure, where its holder says that it is them who pays."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from stripe_sandbox import authentication, checkout
from stripe_sandbox.errors import CardError, NoSuchObject, NotInThisState
from stripe_sandbox.forms import decode
from stripe_sandbox.ids import new_id
from stripe_sandbox.pages.checkout import success_address
from stripe_sandbox.pages.look import language, not_found, render
from stripe_sandbox.store import Origin, Store, Tx

DONE = {"payment_intent": "complete", "setup_intent": "kept"}


def routes(store: Store) -> list[Route]:
    async def show(request: Request) -> Response:
        return await shown_page(store, request)

    async def answer(request: Request) -> Response:
        return await answered(store, request)

    return [Route("/3ds/{intent}", show, methods=["GET"]), Route("/3ds/{intent}", answer, methods=["POST"])]


async def shown_page(store: Store, request: Request) -> Response:
    try:
        context = await store.run(lambda tx: gather(tx, request.path_params["intent"]), wake=False)
    except NoSuchObject:
        return not_found(request)
    lang = language(request, context.pop("locale"))
    if context["intent"]["status"] != "requires_action":
        return over(context, lang)
    return render("authenticate.html", lang, leads_to=context.pop("leads_to"), **context)


def gather(tx: Tx, intent_id: str) -> dict[str, Any]:
    intent = the_intent(tx, intent_id)
    session = session_of(tx, intent)
    inner = tx.inner(session["id"]) if session else {}
    method = tx.maybe("payment_method", intent["payment_method"] or "")
    return {
        "intent": intent,
        "session": session,
        "card": method["card"] if method else None,
        "merchant": inner.get("merchant"),
        "locale": inner.get("locale", "auto"),
        "leads_to": (session["success_url"],) if session else (return_url(tx, intent),),
        "onward": onward(tx, intent, session),
    }


def the_intent(tx: Tx, intent_id: str) -> dict[str, Any]:
    return tx.maybe("setup_intent", intent_id) or tx.get("payment_intent", intent_id)


def session_of(tx: Tx, intent: dict[str, Any]) -> dict[str, Any] | None:
    session_id = tx.inner(intent["id"]).get("session")
    return tx.get(checkout.KIND, session_id) if session_id else None


def over(context: dict[str, Any], lang: str) -> Response:
    """There is nothing to answer any more."""
    intent = context["intent"]
    done = intent["status"] == "succeeded"
    return render(
        "closed.html",
        lang,
        status=200 if done else 410,
        why=DONE[intent["object"]] if done else "unauthenticated",
        onward=context["onward"],
        session={"amount_total": intent.get("amount"), "currency": intent.get("currency")},
    )


async def answered(store: Store, request: Request) -> Response:
    form = decode(await request.body())
    yes = form.get("outcome") == "complete"
    try:
        url = await store.run(lambda tx: settled(tx, request.path_params["intent"], yes=yes), Origin(new_id("req", 14)))
    except NoSuchObject:
        return not_found(request)
    except (CardError, NotInThisState):
        # Declined all the same, or over by now: the intent says which, and the payer goes where it leads.
        url = (await store.run(lambda tx: gather(tx, request.path_params["intent"]), wake=False))["onward"]
    return RedirectResponse(url, 303)


def settled(tx: Tx, intent_id: str, *, yes: bool) -> str:
    """Where the payer goes on, after the answer took effect."""
    intent = the_intent(tx, intent_id)
    session = session_of(tx, intent)
    if not yes:
        intent = authentication.failed(tx, intent)
    elif session:
        session = checkout.authenticated(tx, session, intent)
    else:
        authentication.passed(tx, intent)
    return onward(tx, intent, session)


def onward(tx: Tx, intent: dict[str, Any], session: dict[str, Any] | None) -> str:
    if session:
        done = session["status"] == "complete"
        return success_address(session) if done else f"/c/pay/{session['id']}?failed=authentication"
    more = {
        intent["object"]: intent["id"],
        f"{intent['object']}_client_secret": intent["client_secret"],
        "redirect_status": "succeeded" if intent["status"] == "succeeded" else "failed",
    }
    return with_query(return_url(tx, intent), more)


def return_url(tx: Tx, intent: dict[str, Any]) -> str:
    return tx.inner(intent["id"]).get("return_url", "/")


def with_query(url: str, more: dict[str, str]) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=urlencode([*parse_qsl(parts.query, keep_blank_values=True), *more.items()])))
