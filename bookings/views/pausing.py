"""The client stops the clock for a while, and goes on."""

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from bookings import services
from bookings.models import Booking
from bookings.views.own import own_booking
from common.login import login_required


@login_required
@require_POST
def pause(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    return _answer(request, booking_id, services.pause)


@login_required
@require_POST
def resume(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    return _answer(request, booking_id, services.resume)


def _answer(request: HttpRequest, booking_id: UUID, change: Callable[..., Booking]) -> HttpResponse:
    booking = change(booking=own_booking(request, booking_id), by=request.user)
    if request.accepts("text/html"):
        return redirect("bookings:detail", booking.pk)
    return JsonResponse({"state": booking.state})
