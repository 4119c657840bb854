"""`expand[]`: ids replaced by the objects they name, along dotted paths, at most four deep."""

from collections.abc import Callable
from typing import Any

from stripe_sandbox.errors import StripeError
from stripe_sandbox.listing import as_list
from stripe_sandbox.present import shown
from stripe_sandbox.store import Tx

DEEPEST = 4
# Which kind of object an id in that field names; `source` of a balance transaction can name either.
REFERENCES: dict[str, tuple[str, ...]] = {
    "balance_transaction": ("balance_transaction",),
    "charge": ("charge",),
    "customer": ("customer", "customer.deleted"),
    "failure_balance_transaction": ("balance_transaction",),
    "latest_charge": ("charge",),
    "payment_intent": ("payment_intent",),
    "payment_method": ("payment_method",),
    "setup_intent": ("setup_intent",),
    "source": ("charge", "refund", "dispute"),
}
REFERENCES |= {
    "destination": ("account", "bank_account"),
    "destination_payment": ("charge",),
    "destination_payment_refund": ("refund",),
    "source": (*REFERENCES["source"], "transfer", "transfer_reversal", "payout"),
    "source_transaction": ("charge",),
    "transfer": ("transfer",),
}


def session_items(tx: Tx, body: dict[str, Any]) -> dict[str, Any]:
    items = tx.inner(body["id"])["line_items"]
    return as_list(f"/v1/checkout/sessions/{body['id']}/line_items", items[:10], has_more=len(items) > 10)


def charge_refunds(tx: Tx, body: dict[str, Any]) -> dict[str, Any]:
    refunds = tx.find("refund", charge=body["id"])
    return as_list(f"/v1/charges/{body['id']}/refunds", refunds[:10], has_more=len(refunds) > 10)


# Fields that are left out of an object unless they are asked for.
INCLUDABLE: dict[tuple[str, str], Callable[[Tx, dict[str, Any]], dict[str, Any]]] = {
    ("checkout.session", "line_items"): session_items,
    ("charge", "refunds"): charge_refunds,
}


def expand(tx: Tx, body: dict[str, Any], paths: list[str]) -> dict[str, Any]:
    for path in paths:
        parts = path.split(".")
        if len(parts) > DEEPEST + (parts[0] == "data"):
            raise StripeError(
                f"You cannot expand more than {DEEPEST} levels of a property. Property: {path}", param="expand"
            )
        body = along(tx, body, parts, path)
    return body


def along(tx: Tx, body: Any, parts: list[str], path: str) -> Any:
    if not parts or body is None:
        return body
    if isinstance(body, list):
        return [along(tx, one, parts, path) for one in body]
    field, rest = parts[0], parts[1:]
    if body.get("object") == "list":
        if field != "data":
            raise not_expandable(path, f" You may want to try expanding 'data.{path}' instead.")
        return {**body, "data": along(tx, body["data"], rest, path)}
    return {**body, field: along(tx, opened(tx, body, field, path), rest, path)}


def opened(tx: Tx, body: dict[str, Any], field: str, path: str) -> Any:
    include = INCLUDABLE.get((body.get("object", ""), field))
    if include:
        return body.get(field) or include(tx, body)
    if field not in body or (isinstance(body[field], str) and field not in REFERENCES):
        raise not_expandable(path)
    value = body[field]
    if not isinstance(value, str):
        return value
    owner = tx.home(value)  # of a transfer some names belong to the connected account
    found = next((one for kind in REFERENCES[field] if (one := owner.maybe(kind, value))), None)
    return shown(owner, found) if found else value


def not_expandable(path: str, hint: str = "") -> StripeError:
    return StripeError(f"This property cannot be expanded ({path}).{hint}", param="expand")
