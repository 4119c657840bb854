"""One client for the process, and Stripe's errors in our words."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

import stripe
from django.conf import settings

from payments.errors import (
    AccountGone,
    BalanceTooLow,
    CustomerUnknown,
    KeyInUse,
    KeyTaken,
    ProviderUnavailable,
    Refused,
    WrongCurrency,
)

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
        raise (KeyTaken if _is_repeated(error) else ProviderUnavailable) from error


def _is_repeated(error: stripe.StripeError) -> bool:
    """What went wrong while Stripe worked is its answer to the same key for a day (docs.stripe.com, "Idempotent
    requests")."""
    return (error.headers or {}).get("Idempotent-Replayed") == "true"


def asked_of_account(question: Callable[[], T]) -> T:
    """As `asked`. Raises AccountGone too, for an account that is not ours (any more)."""
    try:
        return asked(question)
    except (stripe.PermissionError, stripe.InvalidRequestError) as error:
        if code_of(error) in ("account_invalid", "resource_missing"):
            raise AccountGone from error
        raise


def asked_to_move(question: Callable[[], T], refused: type[Refused]) -> T:
    """As `asked`. Raises BalanceTooLow, and `refused` for what asking again does not help."""
    try:
        return asked(question)
    except (stripe.PermissionError, stripe.InvalidRequestError) as error:
        if code_of(error) in NOT_ENOUGH:
            raise BalanceTooLow from error
        raise refused(code_of(error)) from error


def code_of(error: stripe.StripeError) -> str:
    """A PermissionError carries its code only within; a destination that is missing is an account that is gone."""
    code = error.code or getattr(error.error, "code", None) or "invalid_request"
    is_account = (code, getattr(error, "param", "")) == ("resource_missing", "destination")
    return "account_invalid" if is_account else code


def keyed(key: str, account_id: str = "") -> Any:
    """The options of a request that must have its effect once."""
    return {"idempotency_key": key, **({"stripe_account": account_id} if account_id else {})}


def key_of(thing: Any) -> str:
    """The key that it was made with, from its metadata."""
    return thing.metadata.to_dict().get("key", "") if thing.metadata else ""


def in_our_currency(entry: stripe.BalanceTransaction) -> stripe.BalanceTransaction:
    """The line of Stripe's book, if it is in fen. Raises WrongCurrency."""
    if entry.currency != CURRENCY:
        raise WrongCurrency(f"{entry.id} was settled in {entry.currency}: the account needs a balance in {CURRENCY}")
    return entry


def raise_if_no_customer(error: stripe.InvalidRequestError) -> None:
    if (error.code, error.param) == ("resource_missing", "customer"):
        raise CustomerUnknown from error
