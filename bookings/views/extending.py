"""More time while it runs: what is offered, paying for it with a saved card or on the payment page, and back."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
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
from payments.services import Charged
from payments.views.paying import DECLINED, Due, charge, chosen_card, pay


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
        "cards": payments.cards_to_offer(user=request.user),
        "charge": payments.open_charges(refs=[booking.pk], payer=request.user).get(booking.pk),
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
    due = _due(booking, extension)
    card = chosen_card(request)
    if card is None or request.accepts("text/html"):
        return pay(request, due)
    charged = charge(due, card)
    extension.refresh_from_db(fields=["state"])
    return _answer(request, extension, charged)


def _due(booking: Booking, extension: Extension) -> Due:
    return Due(
        payment=services.payment_for(extension),
        page=reverse("bookings:more", args=[booking.pk]),
        back=reverse("bookings:extended", args=[booking.pk, extension.pk]),
        words=booking.terms.companion_name,
    )


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
        return JsonResponse({"status": status, "message": words, "redirect": charged.redirect_url})
    messages.add_message(request, _level(extension), words)
    return redirect(_where(extension.booking), extension.booking_id)


def _outcome(extension: Extension, charged: Charged) -> tuple[str, str]:
    """What became of the tap, and its words. Once the money is in, the time decides: it may have come too late."""
    if extension.state == Extension.State.GRANTED:
        return "succeeded", _words(extension)
    if extension.state == Extension.State.MISSED:
        return "missed", _words(extension)
    return charged.status, {
        "declined": str(DECLINED),
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
