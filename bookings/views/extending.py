"""More time while it runs: what is offered, paying for it with a saved card or on the payment page, and back."""

from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from bookings import services
from bookings.errors import NoRoomForMore
from bookings.forms import MoreForm
from bookings.models import Booking, Extension
from bookings.views.own import own_booking
from common.login import login_required
from payments import services as payments
from payments.models import SavedCard
from payments.services import Charged


@never_cache
@login_required
@require_GET
def more(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """What can be added right now; as a part of the chat's dialog, or alone for whoever has no JavaScript."""
    booking = _mine(request, booking_id)
    offers, asked = services.offers(booking), services.asked_of(booking)
    page = {
        "booking": booking,
        "terms": booking.terms,
        "offers": offers,
        "asked": asked,
        "chosen": asked or services.first_choice(offers),
        "card": next(iter(payments.saved_cards(user=request.user)), None),
        "request_key": uuid4(),
    }
    return render(request, _part(request), page)


def _part(request: HttpRequest) -> str:
    if not request.htmx:
        return "bookings/more.html"
    return "bookings/_asked_here.html" if request.htmx.target == "asked-here" else "bookings/_more.html"


@login_required
@require_POST
def extend(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    form = MoreForm(request.POST)
    if not form.is_valid():
        raise NoRoomForMore
    booking = _mine(request, booking_id)
    minutes, request_key = form.cleaned_data["minutes"], form.cleaned_data["request_key"]
    extension = services.extend(booking=booking, by=request.user, minutes=minutes, request_key=request_key)
    if extension.state == Extension.State.GRANTED:
        return _answer(request, extension, Charged("succeeded"))
    payment = services.payment_for(extension)
    back = settings.SITE_URL + reverse("bookings:extended", args=[booking.pk, extension.pk])
    if form.cleaned_data["card"]:
        card = get_object_or_404(SavedCard.objects.of(request.user), pk=form.cleaned_data["card"])
        charged = payments.charge_saved_card(payment=payment, card=card, return_url=back)
        extension.refresh_from_db(fields=["state"])
        return _answer(request, extension, charged)
    away = settings.SITE_URL + reverse(_where(booking), args=[booking.pk])
    return HttpResponseRedirect(payments.checkout_url(payment=payment, success_url=back, cancel_url=away), status=303)


@login_required
@require_GET
def extended(request: HttpRequest, booking_id: UUID, extension_id: int) -> HttpResponse:
    """Back from paying. The webhook may have been first; both do the same."""
    booking = _mine(request, booking_id)
    extension = get_object_or_404(booking.extensions.exclude(payment_seq=None), pk=extension_id)
    services.look_for_payment(extension)
    extension.refresh_from_db(fields=["state"])
    messages.add_message(request, _level(extension), _words(extension))
    return redirect(_where(booking), booking.pk)


@login_required
@require_POST
def ask_for_more(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    form = MoreForm(request.POST)
    if not form.is_valid():
        raise NoRoomForMore
    del form.cleaned_data["card"]
    services.ask_for_more(booking=own_booking(request, booking_id), by=request.user, **form.cleaned_data)
    return redirect("bookings:detail", booking_id)


@login_required
@require_POST
def drop_extension(request: HttpRequest, booking_id: UUID, extension_id: int) -> HttpResponse:
    extension = get_object_or_404(_mine(request, booking_id).extensions, pk=extension_id)
    services.drop_extension(extension=extension, by=request.user)
    extension.refresh_from_db(fields=["state"])
    if not request.accepts("text/html"):
        return JsonResponse({"status": extension.state, "message": _words(extension)})
    messages.add_message(request, _level(extension), _words(extension))
    return redirect("bookings:detail", booking_id)


def _mine(request: HttpRequest, booking_id: UUID) -> Booking:
    """The booking if the reader is its client: nobody else pays. Raises Http404."""
    mine = Booking.objects.of_client(request.user).select_related("terms", "client", "listing__companion")
    return get_object_or_404(mine, pk=booking_id)


def _where(booking: Booking) -> str:
    """The page on which it runs: of who meet in person, the one with their code and their stages."""
    return "chat:room" if booking.online else "bookings:detail"


def _answer(request: HttpRequest, extension: Extension, charged: Charged) -> HttpResponse:
    status, words = _outcome(extension, charged)
    if not request.accepts("text/html"):
        answer: dict[str, Any] = {"status": status, "message": words, "redirect": charged.redirect_url}
        return JsonResponse(answer)
    if charged.redirect_url:
        return HttpResponseRedirect(charged.redirect_url, status=303)
    messages.add_message(request, messages.ERROR if status == "declined" else _level(extension), words)
    return redirect("bookings:more" if status == "declined" else _where(extension.booking), extension.booking_id)


def _outcome(extension: Extension, charged: Charged) -> tuple[str, str]:
    """What became of the tap, and its words. Once the money is in, the time decides: it may have come too late."""
    if extension.state == Extension.State.GRANTED:
        return "succeeded", _words(extension)
    if extension.state == Extension.State.MISSED:
        return "missed", _words(extension)
    return charged.status, {
        "declined": _("The card was declined. No money was taken; you can pay in another way."),
        "requires_action": "",
    }.get(charged.status, _("Your bank is working on it. As soon as it is paid, your time is longer."))


def _level(extension: Extension) -> int:
    as_wished = extension.state in (Extension.State.GRANTED, Extension.State.DROPPED)
    return messages.SUCCESS if as_wished else messages.INFO


def _words(extension: Extension) -> str:
    return {
        Extension.State.GRANTED: _("Paid. Your time is longer now."),
        Extension.State.MISSED: _(
            "It was paid when that time could no longer be added, so all of it comes back to you."
        ),
        Extension.State.DROPPED: _("All right, no time is added. If you have just paid, all of it comes back."),
    }.get(Extension.State(extension.state), _("Not paid yet. As soon as it is, your time is longer."))
