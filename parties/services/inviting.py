"""The address by which guests come: nobody can guess it, and it dies with its order."""

from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from bookings.models import Booking

signer = signing.Signer(salt="parties.invitation", sep="~")


def invitation(booking: Booking) -> str:
    """The whole address, the same each time."""
    token = signer.sign(booking.pk.hex)
    return f"{settings.SITE_URL}{reverse('parties:invitation', args=[token])}"


def booking_invited_to(token: str) -> UUID | None:
    """The order of that invitation; None of anything else."""
    try:
        return UUID(signer.unsign(token))
    except (signing.BadSignature, ValueError):
        return None
