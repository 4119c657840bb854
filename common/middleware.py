"""A failure the user can understand becomes an answer in his language, and he keeps what he typed."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from common.errors import UserError


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
        return HttpResponseRedirect(_came_from(request), status=303)


def _came_from(request: HttpRequest) -> str:
    referer = request.headers.get("Referer", "")
    own = url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure())
    return referer if own and request.method == "POST" else reverse("home")
