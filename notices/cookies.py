"""By this cookie a browser that shows notices is known when its person signs in again."""

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse

NAME = "device"
KEPT_S = 31_536_000


def device_cookie(request: HttpRequest) -> str:
    return request.COOKIES.get(NAME, "")


def new_device_cookie() -> str:
    return secrets.token_urlsafe(32)


def set_device_cookie(response: HttpResponse, value: str) -> None:
    response.set_cookie(
        NAME, value, max_age=KEPT_S, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )
