"""/v1/payment_methods"""

from typing import Any

from stripe_sandbox.endpoint import Endpoint
from stripe_sandbox.params import fields
from stripe_sandbox.store import Tx


def get(tx: Tx, given: dict[str, Any], method: str) -> dict[str, Any]:
    return tx.get("payment_method", method)


ENDPOINTS = [Endpoint("GET", "/v1/payment_methods/{method}", fields(), get)]
