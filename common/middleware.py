"""A failure the user can understand becomes an answer in his language, and he keeps what he typed."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse

from common.errors import UserError
from common.returning import came_from


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
