"""Events: a snapshot of the object at that moment, and one delivery for each endpoint that listens."""

import random
from typing import Any

from stripe_sandbox import API_VERSION
from stripe_sandbox.ids import new_id
from stripe_sandbox.present import shown
from stripe_sandbox.store import Tx

NORMAL = {"mode": "normal"}


def emit(tx: Tx, event_type: str, body: dict[str, Any], previous: dict[str, Any] | None = None) -> dict[str, Any]:
    """Records the event and queues its deliveries in the same transaction as the change it tells of."""
    data: dict[str, Any] = {"object": shown(tx, body)}
    if previous is not None:
        data["previous_attributes"] = previous
    event = tx.add(
        {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": tx.now,
            "data": data,
            "livemode": False,
            "pending_webhooks": 0,
            "request": {"id": tx.origin.request_id, "idempotency_key": tx.origin.idempotency_key},
            "type": event_type,
            **({"account": tx.origin.account} if tx.origin.account else {}),
        }
    )
    for endpoint in listeners(tx, event_type):
        queue(tx, event["id"], endpoint["id"])
    return event


def emit_update(tx: Tx, event_type: str, old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    previous = {key: old.get(key) for key in new if new[key] != old.get(key)}
    return emit(tx, event_type, new, previous)


def listeners(tx: Tx, event_type: str) -> list[dict[str, Any]]:
    """The platform's endpoints for what happens to itself, or those with `connect` within a connected account."""
    endpoints = tx.within("").find("webhook_endpoint", status="enabled", newest_first=False)
    asked = [one for one in endpoints if {"*", event_type} & set(one["enabled_events"])]
    return [one for one in asked if tx.inner(one["id"]).get("connect", False) == bool(tx.origin.account)]


def queue(tx: Tx, event_id: str, endpoint_id: str) -> None:
    """How the control API's webhook mode bites: events already queued are not touched by a later change of mode."""
    how = tx.setting("webhooks", NORMAL)
    mode, seconds = how["mode"], float(how.get("seconds", 0))
    state = "dropped" if mode == "dropped" else "pending"
    wait = {"delayed": seconds, "shuffled": random.uniform(0, seconds)}.get(mode, 0.0)  # noqa: S311
    for _ in range(2 if mode == "doubled" else 1):
        queue_delivery(tx, event_id, endpoint_id, state=state, due=tx.time + wait)


def queue_delivery(tx: Tx, event_id: str, endpoint_id: str, *, state: str, due: float) -> None:
    tx.db.execute(
        "INSERT INTO deliveries (event, endpoint, state, created, due) VALUES (?, ?, ?, ?, ?)",
        (event_id, endpoint_id, state, tx.time, due),
    )
