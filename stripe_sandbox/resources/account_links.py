"""/v1/account_links"""

from typing import Any

from stripe_sandbox.connect.accounts import comes_from, connected
from stripe_sandbox.connect.links import LINK_SECONDS, ONBOARDING, new_link
from stripe_sandbox.endpoint import Endpoint
from stripe_sandbox.errors import StripeError
from stripe_sandbox.resources.account_params import LINK
from stripe_sandbox.store import Tx


def create(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    if connected(tx, given["account"]) is None:
        raise StripeError(
            "You requested an account link for an account that is not connected to your platform or does not exist.",
            param="account",
        )
    if given["type"] != "account_onboarding":
        # Stripe's rule for accounts that it collects the requirements of: all of ours.
        raise StripeError(
            "You cannot create `account_update` type Account Links for this account. "
            'Valid types for this account are ["account_onboarding"].',
            param="type",
        )
    urls = {name: given[name] for name in ("refresh_url", "return_url") if name in given}
    for name in ("refresh_url", "return_url"):
        if name not in urls:
            raise StripeError(f"Missing required param: {name}.", code="parameter_missing", param=name)
    comes_from(tx, given["account"], given["return_url"])
    link = new_link(tx, "account_link", ONBOARDING, given["account"], **urls)
    return {**link, "expires_at": link["created"] + LINK_SECONDS}


ENDPOINTS = [Endpoint("POST", "/v1/account_links", LINK, create)]
