"""One client for the process, and Stripe's errors in our words."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

import stripe
from django.conf import settings

from payments.errors import CustomerUnknown, KeyInUse, KeyTaken, ProviderUnavailable

T = TypeVar("T")
CURRENCY = "cny"
MERCHANT = "我在"
TIMEOUT_S = 20
TRY_AGAIN = (
    stripe.APIConnectionError,
    stripe.APIError,
    stripe.AuthenticationError,
    stripe.RateLimitError,
)
NOT_ENOUGH = ("balance_insufficient", "insufficient_funds")
DEVELOPMENT_KEY = "sk_test_sandbox"
CONFLICT = 409


class Asking:
    """What each part of the adapter asks through."""

    @cached_property
    def v1(self) -> Any:
        return self.client.v1

    @cached_property
    def client(self) -> stripe.StripeClient:
        addresses: Any = {"api": settings.STRIPE_API_BASE} if settings.STRIPE_API_BASE else None
        return stripe.StripeClient(
            settings.STRIPE_SECRET_KEY or DEVELOPMENT_KEY,
            base_addresses=addresses,
            max_network_retries=2,
            http_client=stripe.RequestsClient(timeout=TIMEOUT_S),
        )


def asked(question: Callable[[], T]) -> T:
    """Its answer. Raises ProviderUnavailable for what a later question may bring, KeyInUse and KeyTaken for a key."""
    try:
        return question()
    except stripe.IdempotencyError as error:
        raise (KeyInUse if error.http_status == CONFLICT else KeyTaken) from error
    except TRY_AGAIN as error:
        raise ProviderUnavailable from error


def keyed(key: str, account_id: str = "") -> Any:
    """The options of a request that must have its effect once."""
    return {"idempotency_key": key, **({"stripe_account": account_id} if account_id else {})}


def key_of(thing: Any) -> str:
    """The key that it was made with, from its metadata."""
    return thing.metadata.to_dict().get("key", "") if thing.metadata else ""


def raise_if_no_customer(error: stripe.InvalidRequestError) -> None:
    if (error.code, error.param) == ("resource_missing", "customer"):
        raise CustomerUnknown from error
