"""A card of a listing to show or send to a friend: public, for published listings alone."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from listings.models import Listing
from listings.services.card import address_of, drawn, height_of


@require_safe
def share(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "listings/share.html", _page(_shown(request, pk)))


@require_safe
def card(request: HttpRequest, pk: int) -> HttpResponse:
    """The card as a picture, with the QR code of the listing's address in it."""
    listing = _shown(request, pk)
    page = {**_page(listing), **drawn(listing)}
    return render(request, "listings/card.svg", page, content_type="image/svg+xml")


def _page(listing: Listing) -> dict[str, Any]:
    return {
        "listing": listing,
        "companion": listing.companion,
        "address": address_of(listing),
        "height": height_of(listing),
    }


def _shown(request: HttpRequest, pk: int) -> Listing:
    shown = Listing.objects.published().visible_to(request.user).select_related("companion")
    return get_object_or_404(shown, pk=pk)
