"""Ordering and one's own bookings. A view asks who, validates, calls one service, answers."""

from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts import services as accounts
from bookings import services
from bookings.errors import MinutesOutOfRange, NoSuchTime, NotIdentified, NotPossibleNow, PriceChanged
from bookings.forms import CancelForm, OrderForm
from bookings.models import FINISHED, RUNNING, TOGETHER, Booking, State, move_waits_for, reviewable_by
from bookings.pages import booking_page, identify_page, receipt_page
from bookings.views.own import own_booking
from common.clock import database_now_ms
from common.errors import UserError
from common.login import login_required
from common.returning import came_from
from listings.models import Listing
from payments import services as payments
from payments.errors import ProviderUnavailable
from payments.views.paying import Due
from payments.views.paying import pay as pay_due

PAGE_SIZE = 20


@login_required
@require_POST
def start(request: HttpRequest, listing_id: int) -> HttpResponse:
    listing = get_object_or_404(Listing.objects.visible_to(request.user), pk=listing_id)
    form = OrderForm(request.POST)
    if not form.is_valid():
        raise refused(form, listing)
    try:
        if listing.policy.plan_page:
            services.check_order(by=request.user, listing=listing, **form.wanted())
            return to_step(listing.policy.plan_page, listing, form.choice())
        booking = services.order(by=request.user, listing=listing, **form.cleaned_data)
    except NotIdentified:
        return to_step("bookings:identify", listing, form.choice())
    except UserError as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(came_from(request, **form.choice()), status=303)
    return to_first_payment(request, booking)


def to_step(page: str, listing: Listing, choice: Mapping[str, str]) -> HttpResponse:
    """A page between the choice and the payment, with what was chosen kept."""
    return HttpResponseRedirect(f"{reverse(page, args=[listing.pk])}?{urlencode(choice)}", status=303)


def refused(form: OrderForm, listing: Listing) -> UserError:
    """What to say first about a form that makes no sense."""
    if "starts_at" in form.errors:
        return NoSuchTime()
    return MinutesOutOfRange() if "minutes" in form.errors else PriceChanged(listing)


@never_cache
@login_required
@require_GET
def identify(request: HttpRequest, listing_id: int) -> HttpResponse:
    """The step before an order in person: how far the client's identity check is, with what he chose kept."""
    offered = Listing.objects.visible_to(request.user).published().select_related("companion__user")
    listing = get_object_or_404(offered, pk=listing_id)
    return render(request, "bookings/identify.html", identify_page(listing, request.user, request.GET))


@login_required
@require_POST
def pay(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """His part of an order that several pay he may have lost to a guest who took one: there is one for him again."""
    booking = get_object_or_404(Booking.objects.of_client(request.user), pk=booking_id)
    with suppress(NotPossibleNow):
        services.take_share(booking=booking, by=request.user)
    return to_checkout(request, booking)


@login_required
@require_GET
def returned(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Back from the payment page. The webhook may have been first; both do the same."""
    booking = get_object_or_404(Booking.objects.of_client(request.user), pk=booking_id)
    with suppress(ProviderUnavailable):
        # Then the webhook brings it; nobody is told that no money was taken.
        services.look_for_payments(booking=booking, by=request.user)
    booking.refresh_from_db(fields=["state"])
    return redirect("chat:room" if booking.now and booking.state in TOGETHER else "bookings:detail", booking.pk)


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    own = Booking.objects.visible_to(request.user).with_payment()
    own = own.select_related("terms", "client", "listing__companion")
    waits = move_waits_for(request.user, database_now_ms())
    own = own.annotate(review_open=reviewable_by(request.user), move_waits=waits, **payments.own_money(request.user))
    page = Paginator(own.order_by("-created_at"), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "bookings/list.html", {"page": page})


@never_cache
@login_required
@require_GET
def detail(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    template = "bookings/_state.html" if request.htmx else "bookings/detail.html"
    return render(request, template, booking_page(own_booking(request, booking_id), request.user))


@never_cache
@login_required
@require_GET
def receipt(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    booking = own_booking(request, booking_id)
    if booking.state not in (*RUNNING, *FINISHED):
        return redirect("bookings:detail", booking.pk)
    template = "bookings/_receipt.html" if request.htmx else "bookings/receipt.html"
    return render(request, template, receipt_page(booking, request.user))


@login_required
@require_POST
def cancel(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The sum that was shown comes along, so that nobody cancels for another one."""
    form = CancelForm(request.POST)
    if not form.is_valid():
        raise NotPossibleNow
    booking = services.cancel(booking=own_booking(request, booking_id), by=request.user, **form.cleaned_data)
    if booking.state == State.EXPIRED:
        messages.info(request, _("Its time was over already: the order has expired. What was paid comes back whole."))
    return redirect("bookings:detail", booking.pk)


@login_required
@require_POST
def end(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    booking = services.end(booking=own_booking(request, booking_id), by=request.user)
    receipt_url = reverse("bookings:receipt", args=[booking.pk])
    if request.accepts("text/html"):
        return redirect(receipt_url)
    return JsonResponse({"state": booking.state, "receipt": receipt_url})


@login_required
@require_POST
def block(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Parts from the other side of one's own order for good; what that does to the order is on its page."""
    booking = own_booking(request, booking_id)
    is_client = booking.client_id == request.user.pk
    known = booking.listing.companion if is_client else booking.client
    accounts.block(by=request.user, other=booking.other(request.user), known_as=known.display_name)
    messages.success(request, _("Blocked. You two can no longer find, book or write to each other."))
    return redirect("bookings:detail", booking.pk)


def to_first_payment(
    request: HttpRequest, booking: Booking, *, page: str = "bookings:detail", back: str = "bookings:returned"
) -> HttpResponse:
    """As `to_checkout`. Where several can pay, who has a saved card first reads on the order's page what his part
    is."""
    reads_first = booking.listing.policy.most_clients > 1 and payments.cards_to_offer(user=request.user)
    if reads_first:
        return HttpResponseRedirect(reverse(page, args=[booking.pk]), status=303)
    return to_checkout(request, booking, page=page, back=back)


def to_checkout(
    request: HttpRequest, booking: Booking, *, page: str = "bookings:detail", back: str = "bookings:returned"
) -> HttpResponse:
    """What the reader has to pay of the order; when that cannot be, it waits on the order's page and can be paid from
    there. `page` and `back` are names of addresses of a booking, as in `payments.views.paying.Due`."""
    own_page = reverse(page, args=[booking.pk])
    try:
        payment = services.payment_due(booking=booking, by=request.user)
    except UserError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(own_page, status=303)
    words = booking.terms.companion_name
    return pay_due(request, Due(payment=payment, page=own_page, back=reverse(back, args=[booking.pk]), words=words))
