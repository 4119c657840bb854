"""A failure the user can understand becomes an answer in his language, and he keeps what he typed."""

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.views.defaults import page_not_found
from psycopg2 import errorcodes

from common.errors import Busy, UserError
from common.login import owes_second_step, second_step
from common.returning import came_from, page_above

logger = logging.getLogger(__name__)
ASKS_FOR_IT = ("mfa_authenticate", "mfa_reauthenticate")
WAITED_IN_VAIN = {errorcodes.LOCK_NOT_AVAILABLE, errorcodes.DEADLOCK_DETECTED}
RETRY_AFTER_S = 5


class SameNotFoundMiddleware:
    """With DEBUG too, what is not there looks as it does to visitors: Django's own page would list every address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if settings.DEBUG and response.status_code == 404 and request.accepts("text/html"):
            return page_not_found(request, Http404())
        return response


class SecondStepMiddleware:
    """Second steps are changed, and recovery codes read, by whoever has shown one; a password shows none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name.startswith("mfa_") and name not in ASKS_FOR_IT and owes_second_step(request):
            return second_step(request)
        return None


class PageAboveMiddleware:
    """What only takes forms has no page of its own. Who opens its address all the same, by reloading, by a link or by
    switching the language, gets the page above it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        a_person = request.method == "GET" and "text/html" in request.headers.get("Accept", "")
        if response.status_code == 405 and a_person:
            return HttpResponseRedirect(page_above(request.path))
        return response


class UserErrorMiddleware:
    """Turns a UserError that a view let pass into {code, message}, or into a message on the page it came from."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, UserError):
            return None
        if request.accepts("application/json") and not request.accepts("text/html"):
            return JsonResponse({"code": error.code, "message": str(error.message)}, status=error.status)
        messages.error(request, str(error.message))
        return HttpResponseRedirect(came_from(request), status=303)


class BusyMiddleware(UserErrorMiddleware):
    """Who waited in vain for what others hold is told so; a page says it in its place, since it is where one is."""

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, OperationalError) or getattr(error.__cause__, "pgcode", "") not in WAITED_IN_VAIN:
            return None
        logger.warning("%s %s waited in vain", request.method, request.path, exc_info=error)
        if request.method in ("GET", "HEAD") and request.accepts("text/html"):
            page = render_to_string("503.html", request=request)
            return HttpResponse(page, status=Busy.status, headers={"Retry-After": str(RETRY_AFTER_S)})
        if "HX-Request" in request.headers or "text/html" in request.headers.get("Accept", ""):
            return super().process_exception(request, Busy())
        # A program, Stripe for one, must not take being led to another page for success.
        return JsonResponse({"code": Busy.code, "message": str(Busy.message)}, status=Busy.status)
