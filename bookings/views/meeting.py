"""Two who meet in person: they say that they are there, and she types his codes."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from bookings import services
from bookings.errors import NotSixDigits
from bookings.forms import CodeForm
from bookings.models import FINISHED
from bookings.views.own import own_booking
from common.login import login_required


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
        raise NotSixDigits
    booking = services.enter_code(booking=booking, by=request.user, **form.cleaned_data)
    return redirect("bookings:receipt" if booking.state in FINISHED else "bookings:detail", booking.pk)
