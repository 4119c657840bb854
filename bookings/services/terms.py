"""What both agree to, copied from the listing and the settings when the order is made."""

from django.conf import settings
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from bookings.models import Booking, Terms
from bookings.services.price import cost_of
from common.clock import MS_PER_MINUTE
from common.money import MINUTES_PER_HOUR
from listings.errors import NotBookableYet
from listings.models import Listing

MS_PER_SECOND = 1000


def agree(booking: Booking, listing: Listing, *, place: str = "", shared_by: int = 1) -> Terms:
    """The terms of a new booking; `place` is where the two meet, if not where the listing says, and `shared_by` is how
    many pay its price.

    Raises NotBookableYet for a listing the meter could not hold to anything.
    """
    if listing.price_fen is None or (booking.online and listing.promise_s is None):
        raise NotBookableYet
    kind, minutes = listing.policy, booking.granted_ms // MS_PER_MINUTE
    terms = Terms(
        booking=booking,
        kind=kind.key,
        headline=listing.headline,
        companion_name=listing.companion.display_name,
        price_unit=kind.price_unit,
        price_fen=listing.price_fen,
        ordered_min=minutes,
        promise_ms=listing.promise_s * MS_PER_SECOND if listing.promise_s else None,
        accept_window_ms=kind.accept_window_ms if booking.now else kind.accept_later_ms,
        first_message_window_ms=settings.FIRST_MESSAGE_WINDOW_MS if booking.now else settings.LATE_LIMIT_MS,
        pause_limit_ms=settings.PAUSE_LIMIT_MS,
        client_pause_limit_ms=settings.CLIENT_PAUSE_LIMIT_MS,
        companion_grace_ms=settings.COMPANION_GRACE_MS,
        client_grace_ms=settings.CLIENT_GRACE_MS,
        refund_policy=settings.REFUND_POLICY,
        place=place or listing.place,
        shared_by=shared_by,
        **_visit(listing),
    )
    terms.prepaid_fen = cost_of(terms, minutes)
    terms.save(force_insert=True)
    return terms


def _visit(listing: Listing) -> dict[str, int]:
    """What a visit includes and what comes after it; nothing for what is paid by the hour."""
    if listing.included_hours is None or listing.overtime_fen is None:
        return {}
    return {"included_min": listing.included_hours * MINUTES_PER_HOUR, "overtime_fen": listing.overtime_fen}


def in_words(booking: Booking, terms: Terms) -> str:
    """What the payment page says is bought, in the client's language."""
    words = _("%(name)s · %(minutes)s min") % {
        "name": terms.companion_name,
        "minutes": booking.granted_ms // MS_PER_MINUTE,
    }
    return f"{words} · {date_format(localtime(booking.starts_at), 'DATETIME_FORMAT')}" if booking.starts_at else words
