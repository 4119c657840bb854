from uuid import UUID

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from bookings.models import Booking


def own_booking(request: HttpRequest, booking_id: UUID) -> Booking:
    """The booking if the reader is one of its two sides. Raises Http404."""
    visible = Booking.objects.visible_to(request.user)
    return get_object_or_404(visible.select_related("terms", "turn", "client", "listing__companion"), pk=booking_id)
