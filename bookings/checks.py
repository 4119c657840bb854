"""What `manage.py check`, and with it `migrate`, refuses about settings."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from bookings.services.presence import HOLDS_MS
from common.presence import STALE_MS


@register
def posting_waits_for_absences(**_kwargs: Any) -> list[CheckMessage]:
    """An error when minutes could be posted before it is known that she was away. Tests and demonstrations, where DEBUG
    is on, wait for less on purpose."""
    needs_ms = max(STALE_MS, settings.COMPANION_GRACE_MS) + HOLDS_MS
    if settings.DEBUG or needs_ms <= settings.POSTING_LAG_MS:
        return []
    words = f"POSTING_LAG_MS is {settings.POSTING_LAG_MS}: minutes in which she was away would be billed."
    hint = f"At least {needs_ms}: COMPANION_GRACE_MS (or {STALE_MS}) and {HOLDS_MS} more."
    return [Error(words, hint=hint, id="bookings.E001")]
