from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from listings.kinds import KINDS
from listings.models import Companion, Listing, State
from marketplace import pulse

ONLINE_SHOWN = 12


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    online = Listing.objects.browse(online=True)
    here = Companion.objects.online().filter(listings__status=State.PUBLISHED).distinct()
    page = {"kinds": KINDS.values(), "online": online[:ONLINE_SHOWN], "online_count": here.count()}
    return render(request, "home.html", page)


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
