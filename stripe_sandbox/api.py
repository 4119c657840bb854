"""The path of an API request: who asks, with which parameters, under which idempotency key; then one transaction."""

import asyncio
import json
import logging
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stripe_sandbox import API_VERSION, idempotency
from stripe_sandbox.auth import check_caller, key_of, no_access
from stripe_sandbox.connect.accounts import connected
from stripe_sandbox.endpoint import Endpoint
from stripe_sandbox.errors import ApiFault, StripeError
from stripe_sandbox.expand import expand
from stripe_sandbox.forms import decode
from stripe_sandbox.ids import new_id
from stripe_sandbox.present import shown
from stripe_sandbox.resources import ENDPOINTS
from stripe_sandbox.store import Origin, Store, Tx

log = logging.getLogger(__name__)
LARGEST_BODY = 1_000_000


@dataclass(frozen=True)
class Reply:
    status: int
    body: str
    replayed_from: str | None = None


def routes(store: Store) -> list[Route]:
    return [route(store, endpoint) for endpoint in ENDPOINTS]


def route(store: Store, endpoint: Endpoint) -> Route:
    async def handle(request: Request) -> Response:
        return await answer(store, endpoint, request)

    return Route(endpoint.path, handle, methods=[endpoint.method])


async def answer(store: Store, endpoint: Endpoint, request: Request) -> Response:
    key = request.headers.get("idempotency-key") or None if endpoint.method == "POST" else None
    origin = Origin(new_id("req", 14), key, request.headers.get("stripe-account", ""))
    try:
        check_caller(request)
        await check_account(store, endpoint, request, origin.account)
        raw = await read_params(request)
        given = endpoint.params.read(raw, "")
        reply = await once(store, endpoint, request, origin, raw, given)
    except StripeError as error:
        reply = Reply(error.status, written(error.body()))
    except Exception:  # whatever went wrong, the caller gets an answer in Stripe's shape and the log the trace
        log.exception("%s %s", request.method, request.url.path)
        reply = Reply(500, written(ApiFault("An unknown error occurred.").body()))
    return response(reply, origin)


async def check_account(store: Store, endpoint: Endpoint, request: Request, account: str) -> None:
    """Raises Forbidden for an account that is not connected, StripeError where none can be acted for."""
    if not account:
        return
    if not await store.run(lambda tx: connected(tx, account), wake=False):
        raise no_access(account, key_of(request.headers.get("authorization", "")))
    if not endpoint.for_accounts:
        raise StripeError("This stand-in does not do this on behalf of a connected account (`Stripe-Account`).")


async def read_params(request: Request) -> dict[str, Any]:
    if request.method != "POST":
        return decode(request.url.query)
    body = await request.body()
    if len(body) > LARGEST_BODY:
        raise StripeError("The request body is too large.", status=413)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and kind not in ("application/x-www-form-urlencoded", ""):
        raise StripeError(
            "Invalid request (check that your POST content type is application/x-www-form-urlencoded). "
            "If you have any questions, we can help at https://support.stripe.com/."
        )
    return decode(body)


async def once(
    store: Store, endpoint: Endpoint, request: Request, origin: Origin, raw: dict[str, Any], given: dict[str, Any]
) -> Reply:
    """With a key: claimed first, and the answer kept in the same transaction as what it answers for."""
    key = origin.idempotency_key
    if key is not None:
        mark = idempotency.fingerprint(request.method, request.url.path, raw)
        earlier = await store.run(lambda tx: idempotency.claim(tx, key, mark), origin)
        if earlier:
            return Reply(earlier.status, earlier.body, replayed_from=earlier.request_id)
    try:
        await asyncio.sleep(request.scope.get("sandbox.slow", 0))
        return await store.run(lambda tx: settled(tx, endpoint, given, request), origin)
    except BaseException:
        if key is not None:
            await store.run(idempotency.release, origin)
        raise


def settled(tx: Tx, endpoint: Endpoint, given: dict[str, Any], request: Request) -> Reply:
    tx.db.execute("SAVEPOINT work")
    try:
        body = expand(tx, shown(tx, endpoint.run(tx, given, **request.path_params)), given.get("expand", []))
        reply = Reply(200, written(body))
    except StripeError as error:
        if not error.keeps_changes:
            tx.db.execute("ROLLBACK TO work")
        reply = Reply(error.status, written(error.body()))
    reply = failed_on_demand(tx, request) or reply
    if tx.origin.idempotency_key is not None:
        idempotency.keep(tx, reply.status, reply.body)
    return reply


def failed_on_demand(tx: Tx, request: Request) -> Reply | None:
    """The answer of a fault that is kept under the key, like any other; `error_kept` has done nothing."""
    status = request.scope.get("sandbox.fails")
    if status is None:
        return None
    if not request.scope["sandbox.fails_after"]:
        tx.db.execute("ROLLBACK TO work")
    return Reply(status, written(ApiFault("The stand-in was asked to fail this request.").body()))


def response(reply: Reply, origin: Origin) -> Response:
    headers = {"Request-Id": origin.request_id or "", "Stripe-Version": API_VERSION, "Cache-Control": "no-store"}
    if origin.idempotency_key is not None and origin.idempotency_key.isprintable():
        headers["Idempotency-Key"] = origin.idempotency_key
    if reply.replayed_from:
        headers |= {"Idempotent-Replayed": "true", "Original-Request": reply.replayed_from}
    return Response(reply.body, reply.status, headers, media_type="application/json")


def written(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, indent=2)


async def unknown_url(request: Request, _: Exception) -> Response:
    """404 for an API path nobody serves, and for a method it does not take, as Stripe does."""
    origin = Origin(new_id("req", 14))
    error = StripeError(
        f"Unrecognized request URL ({request.method}: {request.url.path}). "
        "Please see https://stripe.com/docs or we can help at https://support.stripe.com/.",
        status=404,
    )
    return response(Reply(404, written(error.body())), origin)
