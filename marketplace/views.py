from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from accounts.services import blocked_with
from common.login import login_required
from listings.kinds import KINDS
from listings.search import people_here
from marketplace import pulse
from moderation.models import DECIDE

ONLINE_SHOWN = 12


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home.html", {"kinds": KINDS.values(), **_here(request)})


@login_required
@require_safe
@never_cache
def start(request: HttpRequest) -> HttpResponse:
    """Where one begins after signing in: at one's work, if there is any."""
    if request.user.has_perm(DECIDE):
        return redirect("moderation:queue")
    companion = getattr(request.user, "companion", None)
    return redirect("bookings:workbench" if companion and companion.is_approved else "home")


@require_safe
@never_cache
def here(request: HttpRequest) -> HttpResponse:
    """Who is here now: the part of the home page that follows the server."""
    return render(request, "components/_street.html", _here(request))


def _here(request: HttpRequest) -> dict[str, Any]:
    online, count = people_here(ONLINE_SHOWN, without=blocked_with(request.user))
    return {"online": online, "online_count": count}


@require_GET
@never_cache
def healthz(_request: HttpRequest) -> HttpResponse:
    """This process answers. Says nothing about what it needs: restarting it would not mend those."""
    return HttpResponse("ok", content_type="text/plain")


@require_GET
@never_cache
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when database, redis and a worker are there, else 503; the same JSON keys in both."""
    parts = pulse.parts()
    return JsonResponse(parts, status=200 if set(parts.values()) == {"ok"} else 503)
