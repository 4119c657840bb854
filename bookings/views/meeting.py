"""Two who meet in person: they say that they are there, and she types his codes."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.defaultfilters import date
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bookings import services
from bookings.errors import NotSixDigits
from bookings.forms import CodeForm
from bookings.models import FINISHED, Booking
from bookings.views.own import own_booking
from common.clock import moment
from common.errors import UserError
from common.login import login_required

LATE_MS = 5000
"""What took longer to come was not sent at once."""


@login_required
@require_POST
def arrive(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    booking = services.arrive(booking=own_booking(request, booking_id), by=request.user)
    return redirect("bookings:detail", booking.pk)


@login_required
@require_POST
def enter_code(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    booking = own_booking(request, booking_id)
    form = CodeForm(request.POST)
    if not form.is_valid():
        raise NotSixDigits if "digits" in form.errors else UserError
    booking = services.enter_code(booking=booking, by=request.user, **form.cleaned_data)
    if form.cleaned_data["age_ms"] >= LATE_MS:
        messages.success(request, _since_when(booking))
    page = reverse("bookings:receipt" if booking.state in FINISHED else "bookings:detail", args=[booking.pk])
    if request.accepts("text/html"):
        return redirect(page)
    return JsonResponse({"state": booking.state, "page": page})


def _since_when(booking: Booking) -> str:
    """Of a code that came late: which moment counts."""
    if booking.ended_ms:
        time = {"time": date(localtime(moment(booking.ended_ms)), "H:i")}
        return _("The code you typed has arrived. The order ended at %(time)s.") % time
    time = {"time": date(localtime(moment(booking.live_since_ms or 0)), "H:i")}
    return _("The code you typed has arrived. The clock runs since %(time)s.") % time
