"""Asking for what was laid out, its receipt, and the two answers. A view asks who, validates, calls one service."""

from contextlib import suppress
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from bookings.models import Booking
from bookings.views.own import own_booking
from common.errors import UserError
from common.login import login_required
from extras import services
from extras.errors import ExtraGone, NotAskable
from extras.forms import AskForm, DeclineForm
from extras.models import Extra
from payments.views.paying import Due
from payments.views.paying import pay as pay_due

# What a browser may do with the picture, whatever is in it: show it.
NOTHING_ELSE = "default-src 'none'; sandbox"


@never_cache
@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The companion's form. What is refused is said in it, with what was typed and the photo kept."""
    booking = own_booking(request, booking_id)
    if booking.companion_id != request.user.pk or not services.has_extras(booking):
        raise Http404
    # Before anything that was sent is looked at: a photo is drawn anew for it.
    if refusal := _refusal(request, booking):
        messages.error(request, refusal)
        return redirect("bookings:detail", booking.pk)
    form = _ask_form(request, booking)
    if form.is_valid() and _is_asked(form, booking, request):
        messages.success(request, _("Asked. %(name)s sees it now.") % {"name": booking.client.display_name})
        return redirect("bookings:detail", booking.pk)
    _keep_photo(form, booking)
    return render(request, "extras/ask.html", {"booking": booking, "form": form, "kept_days": services.KEPT_DAYS})


def _refusal(request: HttpRequest, booking: Booking) -> str:
    """Why there is no form, or "". Where there is no room for what was sent the service says so: it may be the last one
    again, and nothing that was typed is lost."""
    try:
        services.check_askable(booking, request.user)
    except UserError as refusal:
        return str(refusal) if request.method == "GET" or isinstance(refusal, NotAskable) else ""
    return ""


def _ask_form(request: HttpRequest, booking: Booking) -> AskForm:
    if request.method == "GET":
        return AskForm(initial={"request_key": uuid4()})
    kept = None
    with suppress(ValueError):
        kept = services.kept_photo(booking=booking, request_key=UUID(request.POST.get("request_key", "")))
    return AskForm(request.POST, request.FILES, kept=kept)


def _is_asked(form: AskForm, booking: Booking, request: HttpRequest) -> bool:
    try:
        services.ask(booking=booking, by=request.user, **form.cleaned_data)
    except UserError as refusal:
        if isinstance(refusal, ExtraGone):
            form.goes_on_as(uuid4())
        form.add_error(None, str(refusal))
    return form.is_valid()


def _keep_photo(form: AskForm, booking: Booking) -> None:
    """A browser sends no file twice."""
    sent = form.cleaned_data if form.is_bound else {}
    if sent.get("photo") and sent.get("request_key"):
        services.keep_photo(booking=booking, request_key=sent["request_key"], photo=sent["photo"])
        form.keep(sent["photo"])


@never_cache
@login_required
@require_safe
def photo(request: HttpRequest, booking_id: UUID, extra_id: UUID) -> HttpResponse:
    """The receipt, for the two. For everybody else, and once it is erased, it is not there."""
    extra = _own(request, booking_id, extra_id)
    content = services.photo_for(extra, request.user)
    if content is None:
        raise Http404
    headers = {
        "Content-Disposition": f'inline; filename="receipt-{extra.pk}.jpg"',
        "Content-Security-Policy": NOTHING_ELSE,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return HttpResponse(content, content_type="image/jpeg", headers=headers)


@login_required
@require_POST
def pay(request: HttpRequest, booking_id: UUID, extra_id: UUID) -> HttpResponse:
    """The client agrees: by a saved card, or on the payment page."""
    extra = _of_client(request, booking_id, extra_id)
    if extra.state == Extra.State.PAID:
        return _told(request, extra)
    due = Due(
        payment=services.payment_for(extra=extra, by=request.user),
        page=reverse("bookings:detail", args=[extra.booking_id]),
        back=reverse("extras:paid", args=[extra.booking_id, extra.pk]),
        words=extra.words,
    )
    return pay_due(request, due)


@login_required
@require_GET
def paid(request: HttpRequest, booking_id: UUID, extra_id: UUID) -> HttpResponse:
    """Back from paying. The webhook may have been first; both do the same."""
    extra = _of_client(request, booking_id, extra_id)
    services.look_for_payment(extra)
    return _told(request, extra)


@sensitive_post_parameters()
@login_required
@require_POST
def decline(request: HttpRequest, booking_id: UUID, extra_id: UUID) -> HttpResponse:
    extra, form = _of_client(request, booking_id, extra_id), DeclineForm(request.POST)
    if not form.is_valid():
        page = {"extra": extra, "booking": extra.booking, "form": form, "kept_days": services.KEPT_DAYS}
        return render(request, "extras/decline.html", page)
    services.decline(extra=extra, by=request.user, **form.cleaned_data)
    messages.success(request, _("Declined. Nothing is charged; if you have just paid, all of it comes back."))
    return redirect("bookings:detail", booking_id)


@login_required
@require_POST
def take_back(request: HttpRequest, booking_id: UUID, extra_id: UUID) -> HttpResponse:
    extra = _own(request, booking_id, extra_id)
    if extra.booking.companion_id != request.user.pk:
        raise Http404
    services.take_back(extra=extra, by=request.user)
    messages.success(request, _("Taken back."))
    return redirect("bookings:detail", booking_id)


def _own(request: HttpRequest, booking_id: UUID, extra_id: UUID) -> Extra:
    """An extra of one's own booking. Raises Http404."""
    own = Extra.objects.filter(booking=own_booking(request, booking_id)).select_related("booking__terms")
    return get_object_or_404(own, pk=extra_id)


def _of_client(request: HttpRequest, booking_id: UUID, extra_id: UUID) -> Extra:
    """The same if the reader is the client: nobody else answers. Raises Http404."""
    extra = _own(request, booking_id, extra_id)
    if extra.booking.client_id != request.user.pk:
        raise Http404
    return extra


def _told(request: HttpRequest, extra: Extra) -> HttpResponse:
    extra.refresh_from_db(fields=["state"])
    level = messages.SUCCESS if extra.state == Extra.State.PAID else messages.INFO
    messages.add_message(request, level, _words(extra))
    return redirect("bookings:detail", extra.booking_id)


def _words(extra: Extra) -> str:
    if extra.state == Extra.State.PAID:
        return _("Paid. All of it goes to your companion.")
    if extra.state == Extra.State.ASKED:
        return _("Not paid yet. As soon as it is, you both see it here.")
    return _("This is no longer asked for. Whatever was paid for it comes back to you whole.")
