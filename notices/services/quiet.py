"""The hours in which somebody wants to hear nothing: nothing at all is sent then. What is still true when they end is
sent then."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from common.clock import moment
from notices.models import Preference


def quiet_until(preference: Preference, now_ms: int) -> int | None:
    """When the quiet hours that now run end, in ms; None outside of them."""
    if preference.quiet_from_min is None or preference.quiet_until_min is None:
        return None
    now = moment(now_ms).astimezone(ZoneInfo(settings.TIME_ZONE))
    minute = now.hour * 60 + now.minute
    begins, ends = preference.quiet_from_min, preference.quiet_until_min
    over_midnight = begins > ends
    runs = (minute >= begins or minute < ends) if over_midnight else begins <= minute < ends
    return _next(ends, now) if runs else None


def _next(minute: int, now: datetime) -> int:
    """The next time that it is this minute of the day."""
    then = now.replace(hour=minute // 60, minute=minute % 60, second=0, microsecond=0)
    if then <= now:
        then += timedelta(days=1)
    return int(then.timestamp() * 1000)
