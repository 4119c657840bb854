"""Another start of an appointment: choosing one, and what the other side says to it."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from bookings import services
from bookings.errors import NoSuchTime
from bookings.forms import MoveForm
from bookings.models import Booking, Move
from bookings.pages import move_page
from bookings.views.own import own_booking
from common.clock import database_now_ms
from common.errors import UserError
from common.login import login_required
from common.returning import came_from


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def move(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The starts at which both are free; for htmx the picker alone."""
    booking, now = own_booking(request, booking_id), database_now_ms()
    if request.method == "POST":
        return _propose(request, booking)
    if not services.may_move(booking, now):
        return redirect("bookings:detail", booking.pk)
    page = {**move_page(booking, request.user, request.GET, now), "slots_url": request.path}
    return render(request, "listings/_slots.html" if request.htmx else "bookings/move.html", page)


def _propose(request: HttpRequest, booking: Booking) -> HttpResponse:
    form = MoveForm(request.POST)
    if not form.is_valid():
        raise NoSuchTime
    try:
        services.propose_move(booking=booking, by=request.user, **form.cleaned_data)
    except UserError as refusal:
        messages.error(request, str(refusal))
        chosen = urlencode(form.choice())
        return HttpResponseRedirect(f"{reverse('bookings:move', args=[booking.pk])}?{chosen}", status=303)
    return redirect("bookings:detail", booking.pk)


@login_required
@require_POST
def agree_to_move(request: HttpRequest, booking_id: UUID, move_id: int) -> HttpResponse:
    agree(request, _own_move(request, booking_id, move_id))
    return HttpResponseRedirect(came_from(request), status=303)


def agree(request: HttpRequest, move: Move) -> None:
    """He who asks agrees, and reads whether that was all it needed."""
    services.agree_to_move(move=move, by=request.user)
    if move.state == Move.State.AGREED:
        messages.success(request, _("Agreed: this is the new time. Nothing has to be paid again."))
    else:
        messages.success(request, _("Agreed. It is the new time as soon as all others have agreed too."))


@login_required
@require_POST
def decline_move(request: HttpRequest, booking_id: UUID, move_id: int) -> HttpResponse:
    services.decline_move(move=_own_move(request, booking_id, move_id), by=request.user)
    messages.success(request, _("All right, the time stays as it was."))
    return HttpResponseRedirect(came_from(request), status=303)


@login_required
@require_POST
def take_back_move(request: HttpRequest, booking_id: UUID, move_id: int) -> HttpResponse:
    services.take_back_move(move=_own_move(request, booking_id, move_id), by=request.user)
    messages.success(request, _("Taken back. The time stays as it was."))
    return HttpResponseRedirect(came_from(request), status=303)


def _own_move(request: HttpRequest, booking_id: UUID, move_id: int) -> Move:
    return get_object_or_404(own_booking(request, booking_id).moves.select_related("booking"), pk=move_id)
