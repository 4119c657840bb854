"""A companion at work: her switch, and her answers to orders."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from bookings import services
from bookings.models import State
from bookings.pages import orders_part, workbench_page
from bookings.views.own import own_booking
from common.login import login_required
from listings import services as listings


@never_cache
@login_required
@require_GET
def workbench(request: HttpRequest) -> HttpResponse:
    companion = getattr(request.user, "companion", None)
    if companion is None:
        return redirect("listings:profile")
    if request.htmx:
        return render(request, "bookings/_orders.html", orders_part(companion))
    return render(request, "bookings/workbench.html", workbench_page(companion))


@login_required
@require_POST
def duty(request: HttpRequest) -> HttpResponse:
    listings.set_accepting(by=request.user, on=request.POST.get("on") == "1")
    return redirect("bookings:workbench")


@login_required
@require_POST
def accept(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    booking = services.accept(booking=own_booking(request, booking_id), by=request.user)
    if booking.now:
        return redirect("chat:room", booking.pk)
    if booking.online:
        messages.success(request, _("Agreed. The chat opens ten minutes before it begins."))
    else:
        messages.success(request, _("Agreed. You can write to each other now, to arrange where to meet."))
    return redirect("bookings:workbench")


@login_required
@require_POST
def decline(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    booking = services.decline(booking=own_booking(request, booking_id), by=request.user)
    if booking.state == State.EXPIRED:
        messages.info(
            request, _("The time to answer was over already: the order has expired, and all of it goes back.")
        )
    else:
        messages.success(request, _("Declined. The client has the whole sum back."))
    return redirect("bookings:workbench")
