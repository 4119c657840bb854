from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.errors import UserError
from common.login import login_required
from safety import services
from safety.errors import NotLateNow
from safety.forms import DelayForm, DirectionsForm
from safety.models import Directions
from safety.pages import meeting_page
from safety.views.own import own_meeting


@never_cache
@login_required
@require_safe
def part(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The parts of the booking's page that are about safety; 204 while what the page has `seen` is still so."""
    booking = own_meeting(request, booking_id)
    page = meeting_page(booking, request.user)
    if page and page["version"] == request.GET.get("seen"):
        return HttpResponse(status=204)
    return render(request, "safety/_part.html", {"safe": page, "booking": booking})


@login_required
@require_POST
def late(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    booking, form = own_meeting(request, booking_id), DelayForm(request.POST)
    if not form.is_valid():
        raise NotLateNow
    services.say_late(booking=booking, by=request.user, **form.cleaned_data)
    # Where the button was, and now stands that it is said.
    return redirect(reverse("bookings:detail", args=[booking.pk]) + "#safety-tools")


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def directions(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    booking = own_meeting(request, booking_id)
    said = Directions.objects.filter(booking=booking, user=request.user).first()
    form = DirectionsForm(request.POST or None, initial={"text": said.text if said else ""})
    if request.method == "POST" and form.is_valid():
        try:
            services.leave_directions(booking=booking, by=request.user, **form.cleaned_data)
            return redirect("bookings:detail", booking.pk)
        except UserError as error:
            form.add_error(None, str(error))
    return render(request, "safety/directions.html", {"booking": booking, "form": form})
