"""What both agree to, copied from the listing and the settings when the order is made."""

from django.conf import settings
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from bookings.models import Booking, Terms
from common.clock import MS_PER_MINUTE
from common.money import price_of_minutes
from listings.errors import NotBookableYet
from listings.models import Listing


def agree(booking: Booking, listing: Listing) -> Terms:
    """The terms of a new booking. Raises NotBookableYet for a listing the meter could not hold to anything."""
    price, promise_s = listing.price_fen, listing.promise_s
    if price is None or promise_s is None:
        raise NotBookableYet
    kind = listing.policy
    return Terms.objects.create(
        booking=booking,
        kind=kind.key,
        headline=listing.headline,
        companion_name=listing.companion.display_name,
        price_fen=price,
        prepaid_fen=price_of_minutes(fen_per_hour=price, minutes=booking.granted_ms // MS_PER_MINUTE),
        promise_ms=promise_s * 1000,
        accept_window_ms=kind.accept_window_ms if booking.now else kind.accept_later_ms,
        first_message_window_ms=settings.FIRST_MESSAGE_WINDOW_MS if booking.now else settings.LATE_LIMIT_MS,
        pause_limit_ms=settings.PAUSE_LIMIT_MS,
        refund_policy=settings.REFUND_POLICY,
    )


def in_words(booking: Booking, terms: Terms) -> str:
    """What the payment page says is bought, in the client's language."""
    words = _("%(name)s · %(minutes)s min") % {
        "name": terms.companion_name,
        "minutes": booking.granted_ms // MS_PER_MINUTE,
    }
    return f"{words} · {date_format(localtime(booking.starts_at), 'DATETIME_FORMAT')}" if booking.starts_at else words
