"""Lists as Stripe pages them: newest first, by cursor."""

from typing import Any

from stripe_sandbox.errors import NoSuchObject, StripeError
from stripe_sandbox.present import shown
from stripe_sandbox.store import Tx

BOUNDS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
Conditions = list[tuple[str, Any]]


def page(
    tx: Tx, kind: str, url: str, given: dict[str, Any], *, equal: tuple[str, ...] = (), more: Conditions | None = None
) -> dict[str, Any]:
    """One page of a kind. `equal` names the filters that compare a field; `more` are further SQL conditions."""
    limit = given.get("limit", 10)
    backwards = "ending_before" in given
    conditions = [(f"json_extract(body, '$.{field}') = ?", given[field]) for field in equal if field in given]
    conditions += created_within(given.get("created", {})) + beyond_cursor(tx, kind, given) + (more or [])
    rows = tx.select(kind, conditions, newest_first=not backwards, limit=limit + 1)
    found = rows[:limit]
    ordered = list(reversed(found)) if backwards else found
    return as_list(url, [shown(tx, row) for row in ordered], has_more=len(rows) > limit)


def as_list(url: str, data: list[dict[str, Any]], *, has_more: bool = False) -> dict[str, Any]:
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def created_within(bounds: dict[str, int]) -> Conditions:
    return [(f"created {BOUNDS[bound]} ?", moment) for bound, moment in bounds.items()]


def beyond_cursor(tx: Tx, kind: str, given: dict[str, Any]) -> Conditions:
    if "starting_after" in given and "ending_before" in given:
        raise StripeError(
            "You may only specify one of these parameters: starting_after, ending_before.", code="parameters_exclusive"
        )
    for name, sign in (("starting_after", "<"), ("ending_before", ">")):
        if name in given:
            seq = tx.seq(kind, given[name])
            if seq is None:
                raise NoSuchObject(kind, given[name], param=name)
            return [(f"seq {sign} ?", seq)]
    return []
