"""What so many minutes of an order cost, line by line, in words."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.models import Terms
from bookings.services.cancelling import WHOLE
from bookings.services.price import HALF_HOUR_MIN, HOUR, cost_of
from common.clock import MS_PER_MINUTE, database_now_ms, moment
from common.money import MINUTES_PER_HOUR, format_yuan, price_of_minutes
from listings.models import Listing

MS_PER_HOUR = MINUTES_PER_HOUR * MS_PER_MINUTE
Line = tuple[str, str, int]


def price_lines(terms: Terms, minutes: int) -> list[Line]:
    """(what, at which price, fen) of each part of the sum; a visit's overtime stands by itself."""
    if terms.price_unit == HOUR:
        words = _("%(minutes)d min") % {"minutes": minutes}
        return [(words, _("%(price)s an hour") % {"price": format_yuan(terms.price_fen)}, cost_of(terms, minutes))]
    visit = cost_of(terms, min(minutes, terms.included_min))
    over = -(-max(0, minutes - terms.included_min) // HALF_HOUR_MIN)
    lines = [(_("One visit"), _included(terms.included_min // MINUTES_PER_HOUR), visit)]
    return [*lines, _overtime(terms, over)] if over else lines


def order_fen(listing: Listing, minutes: int) -> int:
    """Fen of an order of this listing, before anything is added: a visit has one price."""
    if listing.policy.price_unit == HOUR:
        return price_of_minutes(fen_per_hour=listing.price_fen or 0, minutes=minutes)
    return listing.price_fen or 0


def late_terms(listing: Listing, minutes: int, starts: Iterable[datetime]) -> dict[str, Any] | None:
    """What cancelling gives back of an order for one of these starts, by the rules in force; None if all of it, or if
    none of them is so near. `until`: those before it are near; None when all are."""
    policy, fen = settings.REFUND_POLICY, order_fen(listing, minutes)
    return late_starts(starts, fen, percent=policy["scheduled_late_cancel"], late_ms=policy["late_cancel_ms"])


def late_starts(starts: Iterable[datetime], fen: int, *, percent: int, late_ms: int) -> dict[str, Any] | None:
    """The same of `fen`, of which so many percent come back when an appointment is so near."""
    starts, until = list(starts), moment(database_now_ms() + late_ms)
    if percent == WHOLE or not any(start < until for start in starts):
        return None
    return {
        "until": until if any(start >= until for start in starts) else None,
        "hours": late_ms // MS_PER_HOUR,
        "percent": percent,
        "back_fen": fen - fen * (WHOLE - percent) // WHOLE,
    }


def _included(hours: int) -> str:
    return ngettext("%(hours)d hour included", "%(hours)d hours included", hours) % {"hours": hours}


def _overtime(terms: Terms, halves: int) -> Line:
    words = ngettext("Overtime, %(number)d half hour", "Overtime, %(number)d half hours", halves)
    each = _("%(price)s each") % {"price": format_yuan(terms.overtime_fen)}
    return words % {"number": halves}, each, terms.overtime_fen * halves
