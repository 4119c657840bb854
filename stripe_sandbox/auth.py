"""Which key a request comes with. Any test key will do; a live key is refused."""

import base64
import binascii

from starlette.requests import Request

from stripe_sandbox import API_VERSION
from stripe_sandbox.errors import Forbidden, StripeError, Unauthorised

NO_KEY = (
    "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth "
    "(e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details."
)


def check_caller(request: Request) -> None:
    """Raises Unauthorised (401) or StripeError for an API version this stand-in does not speak."""
    key = key_of(request.headers.get("authorization", ""))
    if not key:
        raise Unauthorised(NO_KEY)
    if key.startswith("pk_"):
        raise Unauthorised(
            "This API call cannot be made with a publishable API key. Please use a secret API key.",
            code="secret_key_required",
        )
    if not key.startswith(("sk_test_", "rk_test_")):
        raise Unauthorised(f"Invalid API Key provided: {masked(key)}")
    version = request.headers.get("stripe-version", API_VERSION)
    if version != API_VERSION:
        raise StripeError(f"Invalid Stripe API version: {version}. This stand-in speaks {API_VERSION} only.")


def no_access(account: str, key: str = "") -> Forbidden:
    """An account that does not exist, or has taken the platform's access back: Stripe does not say which."""
    shown = f" '{masked(key)}'" if key else ""
    return Forbidden(
        f"The provided key{shown} does not have access to account '{account}' "
        "(or that account does not exist). Application access may have been revoked.",
        code="account_invalid",
    )


def key_of(header: str) -> str:
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def masked(key: str) -> str:
    return f"{key[:8]}{'*' * max(0, len(key) - 12)}{key[-4:]}" if len(key) > 12 else "*" * len(key)
