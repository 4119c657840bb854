"""/v1/balance and /v1/balance_transactions"""

from typing import Any

from stripe_sandbox.endpoint import Endpoint
from stripe_sandbox.ledger import sums
from stripe_sandbox.listing import page
from stripe_sandbox.params import CurrencyCode, Range, Text, fields, list_fields
from stripe_sandbox.present import shown
from stripe_sandbox.store import Tx

LIST = list_fields(created=Range(), currency=CurrencyCode(), source=Text(), type=Text())


def balance(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    """Net of fees. What was charged is pending for two days, then available; refunds go off where their charge is."""
    parts = sums(tx) or [("cny", 0, 0)]
    return {
        "object": "balance",
        "available": [part(currency, available) for currency, available, _ in parts],
        "livemode": False,
        "pending": [part(currency, pending) for currency, _, pending in parts],
    }


def part(currency: str, amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": currency, "source_types": {"card": amount}}


def get(tx: Tx, given: dict[str, Any], entry: str) -> dict[str, Any]:
    return shown(tx, tx.get("balance_transaction", entry))


def every(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    return page(tx, "balance_transaction", "/v1/balance_transactions", given, equal=("currency", "source", "type"))


ENDPOINTS = [
    Endpoint("GET", "/v1/balance", fields(), balance, for_accounts=True),
    Endpoint("GET", "/v1/balance_transactions", LIST, every, for_accounts=True),
    Endpoint("GET", "/v1/balance_transactions/{entry}", fields(), get, for_accounts=True),
]
