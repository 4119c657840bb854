"""One row of the API: a method and path, the parameters it takes, and the function that answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stripe_sandbox.params import Hash


@dataclass(frozen=True)
class Endpoint:
    """`run(tx, given, **path_parameters)` returns the answer's JSON; a StripeError leaves nothing behind.

    `for_accounts`: whether it can be asked with a `Stripe-Account` header, on behalf of a connected account.
    """

    method: str
    path: str
    params: Hash
    run: Callable[..., dict[str, Any]]
    for_accounts: bool = False
