"""Errors in the shape Stripe answers with: `{"error": {"type", "code", "message", "param", …}}`."""

from typing import Any


class StripeError(Exception):
    """A refusal. `keeps_changes` marks the ones (a declined card) whose traces must be committed, not rolled back."""

    status = 400
    type = "invalid_request_error"
    keeps_changes = False

    def __init__(self, message: str, *, code: str | None = None, param: str | None = None, status: int | None = None):
        super().__init__(message)
        self.message = message
        self.code = code
        self.param = param
        self.status = status or self.status
        self.more: dict[str, Any] = {}

    def body(self, request_id: str = "") -> dict[str, Any]:
        error = {
            "code": self.code,
            "doc_url": f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}" if self.code else None,
            "message": self.message,
            "param": self.param,
            "type": self.type,
            **self.more,
        }
        return {"error": {key: value for key, value in error.items() if value is not None}}


class Unauthorised(StripeError):
    status = 401


class Forbidden(StripeError):
    status = 403


class NoSuchObject(StripeError):
    """404 for the object named in the path; 400 when `param` in the body or query names it."""

    def __init__(self, kind: str, object_id: str, *, param: str | None = None):
        super().__init__(f"No such {kind}: '{object_id}'", code="resource_missing", param=param or "id")
        self.status = 400 if param else 404


class NotInThisState(StripeError):
    """The object is real, but what was asked cannot be done to it any more (or yet)."""


class IdempotencyMismatch(StripeError):
    type = "idempotency_error"


class KeyInUse(StripeError):
    type = "idempotency_error"
    status = 409


class ApiFault(StripeError):
    """Stripe's own failure, real or injected."""

    type = "api_error"
    status = 500


class CardError(StripeError):
    """A decline. The failed charge, the intent's state and the events stay."""

    type = "card_error"
    status = 402
    keeps_changes = True

    def __init__(self, message: str, *, code: str, decline_code: str | None = None, param: str | None = None):
        super().__init__(message, code=code, param=param)
        self.decline_code = decline_code
        self.more = {"decline_code": decline_code}
