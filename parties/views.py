"""Guests: invited, seated, paying their part. A view asks who, calls one service, answers."""

from contextlib import suppress
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts import services as accounts
from accounts.models import Block, User
from bookings import services as bookings
from bookings.errors import NotIdentified
from bookings.models import Booking, BookingQuerySet, Share
from bookings.views.moving import agree
from bookings.views.ordering import to_checkout, to_first_payment
from bookings.views.own import own_booking
from common.errors import UserError
from common.login import login_required
from common.secrecy import secret_address
from parties import services
from parties.models import Guest
from parties.pages import invitation_page, party_part, seat_page
from payments.errors import ProviderUnavailable
from payments.models import Payment
from vetting.services import identity_of

# Where a guest pays, and comes back to.
SEAT = {"page": "parties:seat", "back": "parties:returned"}


@never_cache
@login_required
@require_GET
def invite(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The address to hand out, for who ordered."""
    own = _readable().filter(client=request.user)
    booking = get_object_or_404(own, pk=booking_id)
    party = party_part(booking, request.user)
    if not party or not party["link"]:
        return redirect("bookings:detail", booking.pk)
    return render(request, "parties/invite.html", {"booking": booking, "party": party})


@require_safe
@secret_address
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What one is invited to, before one has a seat: to whoever has the address, also before he signs in. Where
    exactly, only who could take a seat reads."""
    booking, user = _invited(request, token), request.user
    if user.pk in (booking.client_id, booking.companion_id):
        return redirect("bookings:detail", booking.pk)
    if booking.party.guests.filter(user=user.pk).exists():
        return redirect("parties:seat", booking.pk)
    check = identity_of(user) if user.is_authenticated else None
    page = {**invitation_page(booking, user), "token": token, "check": check}
    return render(request, "parties/invitation.html", page)


@require_POST
def join(request: HttpRequest, token: str) -> HttpResponse:
    """A seat, and on to the payment of one's part where there is one. Who is not signed in any more reads the
    invitation again, which leads him on."""
    if not request.user.is_authenticated:
        return _to_invitation(token)
    booking = _invited(request, token)
    try:
        services.join(booking=booking, by=request.user)
        booking.refresh_from_db()
        if not booking.shares.wanted().filter(payer=request.user, state=Share.State.OPEN).exists():
            return redirect("parties:seat", booking.pk)
        return to_first_payment(request, booking, **SEAT)
    except NotIdentified:
        return _to_invitation(token)
    except UserError as refusal:
        messages.error(request, str(refusal))
        return _to_invitation(token)


@never_cache
@login_required
@require_GET
def seat(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    template = "parties/_seat.html" if request.htmx else "parties/seat.html"
    return render(request, template, seat_page(_mine(request, booking_id), request.user))


@login_required
@require_POST
def pay(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    booking = _mine(request, booking_id)
    services.take_part(booking=booking, by=request.user)
    return to_checkout(request, booking, **SEAT)


@login_required
@require_GET
def returned(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Back from the payment page. The webhook may have been first; both do the same."""
    with suppress(ProviderUnavailable):
        bookings.look_for_payments(booking=_mine(request, booking_id), by=request.user)
    return redirect("parties:seat", booking_id)


@login_required
@require_POST
def leave(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    services.leave(booking=_mine(request, booking_id), by=request.user)
    return redirect("bookings:list")


@login_required
@require_POST
def remove(request: HttpRequest, booking_id: UUID, user_id: int) -> HttpResponse:
    """Who ordered takes back a seat for which nothing was paid."""
    booking = get_object_or_404(Booking.objects.of_client(request.user), pk=booking_id)
    services.remove(booking=booking, by=request.user, guest=_guest(booking, user_id))
    return redirect("bookings:detail", booking_id)


@login_required
@require_POST
def block(request: HttpRequest, booking_id: UUID, user_id: int) -> HttpResponse:
    """One of the two parts from a guest for good; what that does to the order is on its page."""
    booking = own_booking(request, booking_id)
    guest = _guest(booking, user_id)
    accounts.block(by=request.user, other=guest, known_as=guest.display_name)
    return redirect("bookings:detail", booking_id)


@login_required
@require_POST
def agree_to_move(request: HttpRequest, booking_id: UUID, move_id: int) -> HttpResponse:
    """Who has paid a part agrees to another time."""
    agree(request, get_object_or_404(_mine(request, booking_id).moves, pk=move_id))
    return redirect("parties:seat", booking_id)


@login_required
@require_POST
def decline_move(request: HttpRequest, booking_id: UUID, move_id: int) -> HttpResponse:
    move = get_object_or_404(_mine(request, booking_id).moves, pk=move_id)
    bookings.decline_move(move=move, by=request.user)
    messages.success(request, _("All right, the time stays as it was."))
    return redirect("parties:seat", booking_id)


@login_required
@require_POST
def rest(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Who ordered pays what nobody has paid yet."""
    booking = get_object_or_404(Booking.objects.of_client(request.user), pk=booking_id)
    bookings.pay_rest(booking=booking, by=request.user)
    return to_checkout(request, booking)


def _to_invitation(token: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("parties:invitation", args=[token]), status=303)


def _invited(request: HttpRequest, token: str) -> Booking:
    """The order, unless a block keeps the reader from one of its two. Raises Http404."""
    booking = get_object_or_404(_readable(), pk=services.booking_invited_to(token))
    for other in (booking.client_id, booking.companion_id):
        if Block.objects.between(request.user.pk, other).exists():
            raise Http404
    return booking


def _mine(request: HttpRequest, booking_id: UUID) -> Booking:
    """The order if the reader has a seat there, or had one and money of his came. Raises Http404."""
    paid = Payment.objects.filter(payer=request.user, status=Payment.Status.SUCCEEDED).values("ref")
    own = Q(party__guests__user=request.user) | Q(pk__in=paid)
    guests = _readable().exclude(client=request.user).filter(own).distinct()
    return get_object_or_404(guests, pk=booking_id)


def _guest(booking: Booking, user_id: int) -> User:
    return get_object_or_404(Guest.objects.select_related("user"), party=booking.pk, user=user_id).user


def _readable() -> BookingQuerySet:
    return Booking.objects.filter(party__isnull=False).select_related("terms", "client", "listing__companion__user")
