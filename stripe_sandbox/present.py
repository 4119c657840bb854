"""What an object looks like from outside at this moment: the few fields that depend on time or on other rows."""

from collections.abc import Callable
from typing import Any

from stripe_sandbox.store import Tx


def shown(tx: Tx, body: dict[str, Any]) -> dict[str, Any]:
    present = None if body.get("deleted") else PRESENT.get(body.get("object", ""))
    return present(tx, body) if present else body


def balance_transaction(tx: Tx, body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "status": "available" if body["available_on"] <= tx.now else "pending"}


def dispute(tx: Tx, body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "balance_transactions": [balance_transaction(tx, entry) for entry in body["balance_transactions"]]}


def event(tx: Tx, body: dict[str, Any]) -> dict[str, Any]:
    """`pending_webhooks`: endpoints that have not yet taken it, those that never will included."""
    waiting = tx.db.execute(
        "SELECT count(DISTINCT endpoint) FROM deliveries AS d WHERE event = ? AND state <> 'delivered' AND NOT EXISTS"
        " (SELECT 1 FROM deliveries WHERE event = d.event AND endpoint = d.endpoint AND state = 'delivered')",
        (body["id"],),
    ).fetchone()[0]
    return {**body, "pending_webhooks": waiting}


def transfer(tx: Tx, body: dict[str, Any]) -> dict[str, Any]:
    """With its ten newest reversals."""
    found = tx.find("transfer_reversal", transfer=body["id"], limit=11)
    return {**body, "reversals": inner_list(f"/v1/transfers/{body['id']}/reversals", found)}


def account(tx: Tx, body: dict[str, Any]) -> dict[str, Any]:
    """With its bank account, the only one."""
    found = tx.within(body["id"]).find("bank_account", limit=11)
    return {**body, "external_accounts": inner_list(f"/v1/accounts/{body['id']}/external_accounts", found)}


def inner_list(url: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    return {"object": "list", "data": found[:10], "has_more": len(found) > 10, "url": url}


PRESENT: dict[str, Callable[[Tx, dict[str, Any]], dict[str, Any]]] = {
    "account": account,
    "balance_transaction": balance_transaction,
    "dispute": dispute,
    "event": event,
    "transfer": transfer,
}
