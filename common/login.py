from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from common.returning import came_from

View = Callable[..., HttpResponse]


def login_required(view: View) -> View:
    """As Django's; but who sent a form with a session that has ended is led back to the page it stood on, because the
    form's own address may answer nothing but forms."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        return _sign_in(request)

    return guarded


def _sign_in(request: HttpRequest) -> HttpResponse:
    if request.method in ("GET", "HEAD"):
        return redirect_to_login(request.get_full_path())
    messages.info(request, _("Please sign in first, then do it once more: nothing was sent yet."))
    answer = redirect_to_login(came_from(request))
    return HttpResponseClientRedirect(answer["Location"]) if "HX-Request" in request.headers else answer
