"""Lock the row, let what is overdue happen first, look again."""

import logging
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from bookings.models import Booking

log = logging.getLogger(__name__)


def meter(*, limit: int, now_ms: int | None = None, posts: bool = True) -> int:
    """Runs the meter's one statement (bookings/sql/meter.sql); returns how many bookings it handled.

    Without `posts` it stops clocks only, and what else is due stays due. `now_ms` is for tests: production passes
    nothing and uses the database's clock.
    """
    with connection.cursor() as cursor:
        asked = [limit, settings.POSTING_LAG_MS, now_ms, settings.POSTING_QUANTUM_MIN, posts]
        cursor.execute("SELECT bookings_meter(%s, %s, %s, NULL, %s, %s)", asked)
        _log_warnings(cursor)
        return cursor.fetchone()[0]


def _log_warnings(cursor: Any) -> None:
    """A booking that cannot be metered is told here; the others went on. A migration may have left notices."""
    notices = cursor.connection.notices
    for warning in (notice for notice in notices if not notice.startswith("NOTICE")):
        log.error(warning.strip())
    notices.clear()


def hold_row(booking_id: UUID) -> bool:
    """Locks the booking's row until the transaction ends; False when there is none."""
    return Booking.objects.select_for_update(no_key=True).filter(pk=booking_id).first() is not None


def locked(booking: Booking) -> Booking:
    """The booking's row, locked until the transaction ends and metered up to this moment.

    It comes before every account: nobody posts first and locks a booking afterwards.
    """
    Booking.objects.select_for_update(no_key=True).get(pk=booking.pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT bookings_meter_one(%s, %s)", [booking.pk, settings.POSTING_LAG_MS])
        _log_warnings(cursor)
    return Booking.objects.select_related("terms").get(pk=booking.pk)
