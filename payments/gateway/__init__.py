"""The way to the payment provider: `provider()` answers as `port.py` says. Only its adapter knows whose API it is."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from payments.gateway.port import Provider


@cache
def provider() -> Provider:
    """The adapter that settings.PAYMENT_PROVIDER names, one for the process."""
    return import_string(settings.PAYMENT_PROVIDER)()


__all__ = ["Provider", "provider"]
