"""What every page may show."""

from django.conf import settings
from django.http import HttpRequest


def demonstration(request: HttpRequest) -> dict[str, bool]:
    """`demo` is true while the Stripe stand-in takes the payments."""
    return {"demo": settings.DEBUG and not settings.STRIPE_SECRET_KEY}
