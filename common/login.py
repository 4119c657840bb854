from collections.abc import Callable
from functools import wraps

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from common.returning import came_from, is_ours

View = Callable[..., HttpResponse]
# What allauth calls it among the ways in which somebody signed in.
SECOND_STEP = "mfa"
TOTP = Authenticator.Type.TOTP


def login_required(view: View) -> View:
    """As Django's; but who sent a form with a session that has ended is led back to the page it stood on, because the
    form's own address may answer nothing but forms."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        return _sign_in(request)

    return guarded


def staff_required(permission: str) -> Callable[[View], View]:
    """For whoever has this permission and has shown a second step; for everybody else signed in there is no such
    page."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if not request.user.has_perm(permission):
                raise Http404
            if not has_second_step(request):
                return second_step(request)
            return view(request, *args, **kwargs)

        return login_required(guarded)

    return guard


def has_second_step(request: HttpRequest) -> bool:
    """Whether a code was shown in this session, of an authenticator that is its owner's still."""
    records = get_authentication_records(request, request.user)
    shown = [record.get("id") for record in records if record.get("method") == SECOND_STEP]
    return bool(shown) and Authenticator.objects.filter(user=request.user, pk__in=shown).exists()


def owes_second_step(request: HttpRequest) -> bool:
    """Whether its owner has an authenticator that this session has not shown."""
    return request.user.is_authenticated and is_mfa_enabled(request.user, [TOTP]) and not has_second_step(request)


def second_step(request: HttpRequest, *, allowed: bool = True) -> HttpResponse:
    """On to where a code is asked for, or an authenticator set up first, and back. Raises Http404 where nothing would
    come of it."""
    if not request.user.is_authenticated:
        return redirect_to_login(_onward(request))
    if not allowed:
        raise Http404
    step = "mfa_reauthenticate" if is_mfa_enabled(request.user, [TOTP]) else "mfa_activate_totp"
    return redirect_to_login(_onward(request), reverse(step))


def _onward(request: HttpRequest) -> str:
    """Where somebody wanted to be: a form would have to be sent anew, so the page it stood on."""
    asked = request.GET.get(REDIRECT_FIELD_NAME, "")
    if is_ours(request, asked):
        return asked
    return request.get_full_path() if request.method in ("GET", "HEAD") else came_from(request)


def _sign_in(request: HttpRequest) -> HttpResponse:
    if request.method in ("GET", "HEAD"):
        return redirect_to_login(request.get_full_path())
    messages.info(request, _("Please sign in first, then do it once more: nothing was sent yet."))
    answer = redirect_to_login(came_from(request))
    return HttpResponseClientRedirect(answer["Location"]) if "HX-Request" in request.headers else answer
