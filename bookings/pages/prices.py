"""What so many minutes of an order cost, line by line, in words."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.models import Terms
from bookings.services.price import HALF_HOUR_MIN, HOUR, cost_of
from common.money import MINUTES_PER_HOUR, format_yuan

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


def _included(hours: int) -> str:
    return ngettext("%(hours)d hour included", "%(hours)d hours included", hours) % {"hours": hours}


def _overtime(terms: Terms, halves: int) -> Line:
    words = ngettext("Overtime, %(number)d half hour", "Overtime, %(number)d half hours", halves)
    each = _("%(price)s each") % {"price": format_yuan(terms.overtime_fen)}
    return words % {"number": halves}, each, terms.overtime_fen * halves
