"""What a companion knows an order's money by."""

from collections.abc import Collection
from uuid import UUID

from django.urls import reverse

from bookings.models import Booking
from common.clock import moment
from payments.services import Named


def names_of(refs: Collection[UUID]) -> dict[UUID, Named]:
    """The orders among these: their number, their page, what was served and when it was to begin. One query."""
    found = Booking.objects.filter(pk__in=refs).select_related("listing")
    return {booking.pk: _name_of(booking) for booking in found}


def _name_of(booking: Booking) -> Named:
    at = moment(booking.starts_ms) if booking.starts_ms else booking.created_at
    return Named(booking.code, reverse("bookings:receipt", args=[booking.pk]), booking.listing.policy.label, at)
