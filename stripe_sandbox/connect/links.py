"""Links to the hosted pages of Connect: each opens once, within minutes; who opened it goes on in a session."""

from typing import Any

from stripe_sandbox.ids import new_id
from stripe_sandbox.store import Tx

LINK_SECONDS = 300
SESSION_SECONDS = 3600
ONBOARDING, EXPRESS = "onboard", "express"


def new_link(tx: Tx, kind: str, where: str, account_id: str, **urls: str | None) -> dict[str, Any]:
    """An `account_link` or `login_link`. The id stays inside: Stripe's have none."""
    link = {
        "id": new_id("lnk", 32),
        "object": kind,
        "created": tx.now,
    }
    link["url"] = f"{tx.setting('public_url')}/connect/{where}/{link['id']}"
    tx.add(link, {"account": account_id, "expires": tx.now + LINK_SECONDS, "used": False, **urls})
    return {key: value for key, value in link.items() if key != "id"}


def opened(tx: Tx, kind: str, link_id: str) -> tuple[dict[str, Any], str | None]:
    """What the link knows, and the id of a new session; None when it is used up. Raises NoSuchObject."""
    inner = tx.inner(tx.get(kind, link_id)["id"])
    if inner["used"] or inner["expires"] <= tx.now:
        return inner, None
    tx.save_inner(link_id, {**inner, "used": True})
    session_id = new_id("hst", 32)
    body = {"id": session_id, "object": f"hosted_session.{kind}", "created": tx.now}
    tx.add(body, {**inner, "expires": tx.now + SESSION_SECONDS})
    return inner, session_id


def session(tx: Tx, kind: str, session_id: str) -> dict[str, Any] | None:
    """What the session is for: `account`, `return_url`, `refresh_url`. None when it is over; raises NoSuchObject."""
    inner = tx.inner(tx.get(f"hosted_session.{kind}", session_id)["id"])
    return inner if inner["expires"] > tx.now else None
