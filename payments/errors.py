from django.utils.translation import gettext_lazy as _

from common.errors import UserError


class ProviderUnavailable(UserError):
    code = "payment_provider_unavailable"
    message = _("The payment service does not answer right now. No money was taken; please try again in a moment.")
    status = 503


class KeyTaken(ProviderUnavailable):
    """Stripe knows this idempotency key with other parameters: it takes a new one to go on."""


class BalanceTooLow(ProviderUnavailable):
    """What Stripe holds for us does not cover the refund today. Nothing was made; a later one takes a new key."""


class PaymentClosed(UserError):
    code = "payment_closed"
    message = _("This payment is no longer open. No money was taken.")
    status = 409


class RefundRefused(Exception):
    """Stripe will not make this refund, now or later; `reason` is its code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SignatureRefused(Exception):
    """A webhook that Stripe did not sign, or signed too long ago."""


class LedgerMismatch(Exception):
    """A transfer with this key is in the books already, with another amount or other accounts."""
