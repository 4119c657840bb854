from typing import Any

from allauth.account.views import LogoutView
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from accounts.services import blocked_with
from bookings import services as bookings
from bookings.models import Booking
from chat.services import talks
from chat.services.talks import Running
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


class SignOut(LogoutView):
    """As allauth's; but whose clock runs is asked first, wherever he signs out: it would run on without him."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"counting": self._counting()}

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        if "pause" in self.request.POST:
            self._pause()
        elif "anyway" not in self.request.POST and self._counting():
            return self.render_to_response(self.get_context_data(**kwargs))
        return super().post(*args, **kwargs)

    def _counting(self) -> list[Running]:
        return [one for one in talks.meanwhile(self.request.user).running if one.until]

    def _pause(self) -> None:
        ids = [one.booking_id for one in self._counting() if one.may_pause]
        for booking in Booking.objects.filter(pk__in=ids):
            bookings.pause(booking=booking, by=self.request.user)


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
