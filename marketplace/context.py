"""What every page may show."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from chat.services import talks


def demonstration(request: HttpRequest) -> dict[str, bool]:
    """`demo` is true while the Stripe stand-in takes the payments."""
    return {"demo": settings.DEBUG and not settings.STRIPE_SECRET_KEY}


def meanwhile(request: HttpRequest) -> dict[str, SimpleLazyObject]:
    """`meanwhile`: what is unread and what runs of whoever is signed in; asked once, by a page that shows it."""
    return {"meanwhile": SimpleLazyObject(lambda: talks.meanwhile(request.user))}
