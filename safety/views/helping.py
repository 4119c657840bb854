from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from common.login import login_required
from safety import services
from safety.forms import AlarmForm
from safety.models import Alarm
from safety.pages import alarm_page
from safety.views.own import own_meeting


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def sos(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The numbers to call stand on the page itself; what is sent from it only tells others."""
    booking = own_meeting(request, booking_id)
    if request.method == "POST":
        services.raise_alarm(booking=booking, by=request.user, place=AlarmForm(request.POST).place())
        return redirect("safety:sos", booking.pk)
    return render(request, "safety/sos.html", alarm_page(booking, request.user))


@login_required
@require_POST
def all_clear(request: HttpRequest, booking_id: UUID, pk: int) -> HttpResponse:
    """Who asked for help is well; it is of the call `pk`, the last one on the page."""
    booking = own_meeting(request, booking_id)
    alarm = get_object_or_404(Alarm.objects.select_related("user"), pk=pk, booking=booking, user=request.user)
    alarm.booking = booking
    services.give_all_clear(alarm=alarm, by=request.user)
    return redirect("safety:sos", booking.pk)


@login_required
@require_POST
def well(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    booking = own_meeting(request, booking_id)
    services.all_is_well(booking=booking, by=request.user)
    messages.success(request, _("Good to hear. Get home safely."))
    return redirect("bookings:detail", booking.pk)
