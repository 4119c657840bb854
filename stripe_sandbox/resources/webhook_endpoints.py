"""/v1/webhook_endpoints"""

from typing import Any

from stripe_sandbox import API_VERSION
from stripe_sandbox.endpoint import Endpoint
from stripe_sandbox.ids import new_id, token
from stripe_sandbox.listing import page
from stripe_sandbox.params import Choice, Flag, Hash, ListOf, Metadata, Text, Url, fields, list_fields, merged_metadata
from stripe_sandbox.resources.event_types import EVENT_TYPES
from stripe_sandbox.store import Tx

KIND = "webhook_endpoint"
EVENTS = ListOf(Choice(*EVENT_TYPES), longest=500)

CREATE = fields(
    api_version=Choice(API_VERSION),
    connect=Flag(),
    description=Text(clearable=True),
    enabled_events=ListOf(EVENTS.item, longest=500, required=True),
    metadata=Metadata(clearable=True),
    url=Url(required=True),
)
UPDATE = fields(
    description=Text(clearable=True),
    disabled=Flag(),
    enabled_events=EVENTS,
    metadata=Metadata(clearable=True),
    url=Url(),
)


def new_endpoint(tx: Tx, *, url: str, enabled_events: list[str], secret: str, **more: Any) -> dict[str, Any]:
    endpoint = {
        "id": new_id("we"),
        "object": KIND,
        "api_version": more.get("api_version"),
        "application": None,
        "created": tx.now,
        "description": more.get("description"),
        "enabled_events": enabled_events,
        "livemode": False,
        "metadata": merged_metadata({}, more.get("metadata")),
        "status": "enabled",
        "url": url,
    }
    return tx.add(endpoint, {"secret": secret, "connect": more.get("connect", False)})


def create(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    """The only answer that shows the signing secret."""
    secret = f"whsec_{token(32)}"
    more = {key: value for key, value in given.items() if key not in ("url", "enabled_events", "expand")}
    return {
        **new_endpoint(tx, url=given["url"], enabled_events=given["enabled_events"], secret=secret, **more),
        "secret": secret,
    }


def get(tx: Tx, given: dict[str, Any], endpoint: str) -> dict[str, Any]:
    return tx.get(KIND, endpoint)


def update(tx: Tx, given: dict[str, Any], endpoint: str) -> dict[str, Any]:
    new = tx.get(KIND, endpoint)
    new |= {field: given[field] for field in ("description", "enabled_events", "url") if field in given}
    if "disabled" in given:
        new["status"] = "disabled" if given["disabled"] else "enabled"
    if new["status"] == "disabled":
        stop_trying(tx, endpoint)
    if "metadata" in given:
        new["metadata"] = merged_metadata(new["metadata"], given["metadata"])
    return tx.save(new)


def delete(tx: Tx, given: dict[str, Any], endpoint: str) -> dict[str, Any]:
    tx.remove(tx.get(KIND, endpoint)["id"])
    stop_trying(tx, endpoint)
    return {"id": endpoint, "object": KIND, "deleted": True}


def stop_trying(tx: Tx, endpoint: str) -> None:
    tx.db.execute("UPDATE deliveries SET state = 'failed' WHERE endpoint = ? AND state = 'pending'", (endpoint,))


def every(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    return page(tx, KIND, "/v1/webhook_endpoints", given)


ENDPOINTS = [
    Endpoint("POST", "/v1/webhook_endpoints", CREATE, create),
    Endpoint("GET", "/v1/webhook_endpoints", list_fields(), every),
    Endpoint("GET", "/v1/webhook_endpoints/{endpoint}", fields(), get),
    Endpoint("POST", "/v1/webhook_endpoints/{endpoint}", UPDATE, update),
    Endpoint("DELETE", "/v1/webhook_endpoints/{endpoint}", Hash({}), delete),
]
