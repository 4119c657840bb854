"""The price as a function of minutes. The meter has the same in SQL (bookings/sql/price.sql); a test compares them."""

from django.conf import settings

from bookings.models import Terms
from common.clock import MS_PER_MINUTE
from common.money import price_of_minutes

HALF_HOUR_MIN = 30
HOUR = "hour"


def cost_of(terms: Terms, minutes: int) -> int:
    """Fen for so many counted minutes.

    An hour's price is rounded down over all of them. A visit is one sum, and each half hour begun after what it
    includes costs its own.
    """
    if terms.price_unit == HOUR:
        return price_of_minutes(fen_per_hour=terms.price_fen, minutes=minutes)
    if not minutes:
        return 0
    over = max(0, minutes - terms.included_min)
    return terms.price_fen + terms.overtime_fen * -(-over // HALF_HOUR_MIN)


def counted_min(terms: Terms, *, served_ms: int, granted_ms: int) -> int:
    """The minutes that count after so much live time of a clock that has started.

    Of an hour those that are complete, of a visit also the one begun.
    """
    if terms.price_unit == HOUR:
        return served_ms // MS_PER_MINUTE
    return min(served_ms // MS_PER_MINUTE + 1, granted_ms // MS_PER_MINUTE)


def least_served_ms(terms: Terms, minutes: int) -> int:
    """The least live time after which so many minutes count: the other way round."""
    return (minutes if terms.price_unit == HOUR else max(0, minutes - 1)) * MS_PER_MINUTE


def price_between(terms: Terms, before_min: int, after_min: int) -> int:
    """Fen for what lies between: minutes granted on top cost exactly the difference, so that no rounding drifts."""
    return cost_of(terms, after_min) - cost_of(terms, before_min)


def posting_lag_ms(terms: Terms, *, online: bool) -> int:
    """How far behind the clock what it counts is posted: as long as it may take until an end is known."""
    if not online:
        return max(settings.POSTING_LAG_MS, settings.CODE_LATE_LIMIT_MS)
    return settings.POSTING_LAG_MS if terms.price_unit == HOUR else 0
