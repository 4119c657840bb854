"""A page for people: what has been paid, refunded, disputed and told."""

import json
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from stripe_sandbox.connect.accounts import connected
from stripe_sandbox.control import resend
from stripe_sandbox.errors import NoSuchObject
from stripe_sandbox.events import NORMAL
from stripe_sandbox.pages.checkout import BEIJING
from stripe_sandbox.pages.look import TEMPLATES, language, not_found, render
from stripe_sandbox.present import shown
from stripe_sandbox.resources.balance import balance
from stripe_sandbox.store import Store, Tx

NEWEST = 50
NEWEST_EVENTS = 20


def moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).astimezone(BEIJING).strftime("%m-%d %H:%M:%S")


TEMPLATES.filters["moment"] = moment


def routes(store: Store) -> list[Route]:
    def page(template: str, gather: Any) -> Any:
        async def show(request: Request) -> Response:
            try:
                context = await store.run(lambda tx: gather(tx, **request.path_params), wake=False)
            except NoSuchObject:
                return not_found(request)
            return render(template, language(request), offset=int(store.clock.offset), **context)

        return show

    async def send_again(request: Request) -> Response:
        event = request.path_params["event"]
        await store.run(lambda tx: resend(tx, event))
        return RedirectResponse(f"/events/{event}", 303)

    return [
        Route("/", page("overview.html", overview)),
        Route("/payments/{intent}", page("payment.html", payment)),
        Route("/events/{event}", page("event.html", event)),
        Route("/events/{event}/resend", send_again, methods=["POST"]),
    ]


def overview(tx: Tx) -> dict[str, Any]:
    return {
        "balance": balance(tx, {}),
        "payments": [with_charge(tx, intent) for intent in tx.find("payment_intent", limit=NEWEST)],
        "refunds": tx.find("refund", limit=NEWEST),
        "disputes": tx.find("dispute", limit=NEWEST),
        "events": [with_delivery(tx, event) for event in tx.newest("event", NEWEST_EVENTS)],
        "mode": tx.setting("webhooks", NORMAL)["mode"],
        "accounts": [with_balance(tx, account) for account in tx.find("account", limit=NEWEST)],
        "transfers": tx.find("transfer", limit=NEWEST),
        "payouts": tx.newest("payout", NEWEST),
    }


def with_balance(tx: Tx, account: dict[str, Any]) -> dict[str, Any]:
    """`standing` names the words for what it may do, `tone` how they look."""
    capability = account["capabilities"].get("transfers", "inactive")
    standing = f"transfers_{capability}" if connected(tx, account["id"]) else "deauthorized"
    tone = {"transfers_active": "good", "transfers_pending": "wait"}.get(standing, "rest")
    return {**account, "balance": balance(tx.within(account["id"]), {}), "standing": standing, "tone": tone}


def with_charge(tx: Tx, intent: dict[str, Any]) -> dict[str, Any]:
    charge = tx.maybe("charge", intent["latest_charge"]) if intent["latest_charge"] else None
    return {**intent, "charge": charge, "shown_status": shown_status(intent, charge)}


def shown_status(intent: dict[str, Any], charge: dict[str, Any] | None) -> str:
    if charge and charge["refunded"]:
        return "refunded"
    if charge and charge["amount_refunded"]:
        return "partially_refunded"
    return intent["status"]


def with_delivery(tx: Tx, event: dict[str, Any]) -> dict[str, Any]:
    rows = deliveries(tx, event["id"])
    states = {row["state"] for row in rows}
    worst = next((state for state in ("failed", "dropped", "pending", "delivered") if state in states), None)
    return {**event, "delivery": worst, "of": event["data"]["object"].get("id", "")}


def deliveries(tx: Tx, event_id: str) -> list[dict[str, Any]]:
    query = (
        "SELECT d.*, json_extract(o.body, '$.url') AS url FROM deliveries AS d"
        " LEFT JOIN objects AS o ON o.id = d.endpoint WHERE d.event = ? ORDER BY d.id"
    )
    return [dict(row) for row in tx.db.execute(query, (event_id,))]


def payment(tx: Tx, intent: str) -> dict[str, Any]:
    found = tx.get("payment_intent", intent)
    charges = tx.find("charge", newest_first=False, payment_intent=intent)
    for charge in charges:
        entry = charge["balance_transaction"]
        charge["entry"] = tx.get("balance_transaction", entry) if entry else None
    refunds = tx.find("refund", newest_first=False, payment_intent=intent)
    disputes = tx.find("dispute", newest_first=False, payment_intent=intent)
    mine = {intent, *(one["id"] for one in charges), *(one["id"] for one in refunds), *(one["id"] for one in disputes)}
    sessions = tx.find("checkout.session", payment_intent=intent)
    mine |= {session["id"] for session in sessions}
    events = [with_delivery(tx, one) for one in tx.find("event", newest_first=False)]
    return {
        "intent": with_charge(tx, found),
        "charges": charges,
        "refunds": refunds,
        "disputes": disputes,
        "events": [one for one in events if one["of"] in mine],
    }


def event(tx: Tx, event: str) -> dict[str, Any]:
    found = shown(tx, tx.home(event).get("event", event))
    return {
        "event": found,
        "deliveries": deliveries(tx, event),
        "written": json.dumps(found, ensure_ascii=False, indent=2),
    }
