"""Lock the row, let what is overdue happen first, look again."""

import logging
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from accounts.services import all_at_a_time
from bookings.models import Booking, payers_of

log = logging.getLogger(__name__)


def meter(
    *, limit: int, now_ms: int | None = None, posts: bool = True, only: Sequence[UUID] | None = None
) -> int | None:
    """Runs the meter's one statement (bookings/sql/meter.sql), all or nothing; returns how many bookings it handled, or
    None when something was in the way.

    Without `posts` it stops clocks only, and what else is due stays due. `only` these are handled, if due; one alone
    that cannot be is set aside for a while. `now_ms` is for tests: production passes nothing and uses the database's
    clock.
    """
    with connection.cursor() as cursor:
        asked = [limit, settings.POSTING_LAG_MS, now_ms, only, settings.POSTING_QUANTUM_MIN, posts]
        cursor.execute("SELECT bookings_meter(%s, %s, %s, %s::uuid[], %s, %s)", asked)
        _log_warnings(cursor)
        return cursor.fetchone()[0]


def due(*, limit: int, now_ms: int | None = None, posts: bool = True) -> list[UUID]:
    """Which bookings the meter would take."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT bookings_due(%s, %s, %s)", [limit, now_ms, posts])
        return [booking_id for (booking_id,) in cursor.fetchall()]


def _log_warnings(cursor: Any) -> None:
    """A booking that cannot be metered is told here; the others went on. A migration may have left notices."""
    notices = cursor.connection.notices
    for warning in (notice for notice in notices if not notice.startswith("NOTICE")):
        log.error(warning.strip())
    notices.clear()


def hold_row(booking_id: UUID) -> bool:
    """Locks the booking's row until the transaction ends; False when there is none."""
    return Booking.objects.select_for_update(no_key=True).filter(pk=booking_id).first() is not None


def hold_payers(booking_id: UUID) -> None:
    """Locks who ordered the booking and who pays it with him: what one of them does elsewhere at the same time is seen,
    or waits until the transaction ends. It comes before the row."""
    booking = Booking.objects.filter(pk=booking_id).first()
    if booking is not None:
        all_at_a_time(payers_of(booking))


def hold_rows(bookings: QuerySet[Booking]) -> list[Booking]:
    """Locks the rows of all these until the transaction ends: by id, as those of one who connects are locked
    (bookings_note_arrival in bookings/sql/absence.sql)."""
    return list(bookings.select_for_update(no_key=True).order_by("pk"))


def lock_pair(one: int, other: int) -> None:
    """A block of the two is seen, or it waits until the transaction ends: it takes this lock too
    (bookings/migrations/sql/blocks.sql). It comes before the row of any booking of theirs."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT bookings_lock_pair(%s, %s)", [one, other])


def locked(booking: Booking) -> Booking:
    """The booking's row, locked until the transaction ends and metered up to this moment.

    It comes before every account: nobody posts first and locks a booking afterwards. Raises OperationalError when its
    clock should stand and what stopping it needs is locked for too long, IntegrityError when that breaks a rule.
    """
    return _locked(booking, "bookings_meter_first")


def locked_for_money(booking: Booking) -> Booking:
    """The same for money that is here: that is written down whether its clock can be stopped or not."""
    return _locked(booking, "bookings_meter_one")


def _locked(booking: Booking, let_time_pass: str) -> Booking:
    Booking.objects.select_for_update(no_key=True).get(pk=booking.pk)
    with connection.cursor() as cursor:
        try:
            cursor.execute(f"SELECT {let_time_pass}(%s, %s)", [booking.pk, settings.POSTING_LAG_MS])
        finally:
            _log_warnings(cursor)
    return Booking.objects.select_related("terms", "turn").get(pk=booking.pk)
