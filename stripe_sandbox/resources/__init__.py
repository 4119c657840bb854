"""Every endpoint of the API. A new resource is a new module here and one more name in this list."""

from stripe_sandbox.endpoint import Endpoint
from stripe_sandbox.resources import (
    account_links,
    accounts,
    balance,
    charges,
    customers,
    disputes,
    events,
    payment_intents,
    payment_methods,
    payouts,
    refunds,
    sessions,
    setup_intents,
    transfers,
    webhook_endpoints,
)

MODULES = (
    account_links,
    accounts,
    balance,
    charges,
    customers,
    disputes,
    events,
    payment_intents,
    payment_methods,
    payouts,
    refunds,
    sessions,
    setup_intents,
    transfers,
    webhook_endpoints,
)
ENDPOINTS: list[Endpoint] = [endpoint for module in MODULES for endpoint in module.ENDPOINTS]
