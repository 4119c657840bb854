"""What must be true of a booking is refused by the database, whoever writes."""

import pytest
from django.db import DatabaseError, connection, transaction

from bookings.models import Booking, Segment
from tests.orders import MINUTE, live, ordered, requested

pytestmark = pytest.mark.django_db

WRONG = {
    "booking_between_two": "client_id = companion_id",
    "booking_state_known": "state = 'somewhere', live_since_ms = NULL, due_ms = NULL",
    "booking_pause_has_reason": "pause_reason = 'client'",
    "booking_live_has_start": "live_since_ms = NULL, awaiting_since_ms = NULL",
    "booking_open_has_timer": "due_ms = NULL",
    "booking_finished_has_end": "ended_ms = 1",
    "booking_closed_within_granted": "closed_ms = granted_ms + 1",
    "booking_granted_whole_minutes": "granted_ms = granted_ms + 1",
    "booking_billed_within_granted": "billed_min = granted_ms / 60000 + 1",
    "booking_timer_within_deadline": "due_ms = deadline_ms + 1",
    "booking_served_has_accounts": "hold_account_id = NULL",
}


@pytest.mark.parametrize(("rule", "change"), WRONG.items())
def test_a_live_booking_cannot_be_written_wrong(client_user, listing, rule, change):
    live(client_user, listing)
    if rule == "booking_state_known":
        allow_any_transition()
    refused(f"UPDATE bookings_booking SET {change}", rule)


def test_only_who_is_together_awaits_a_reply(client_user, listing):
    ordered(client_user, listing)
    refused("UPDATE bookings_booking SET awaiting_since_ms = 1", "booking_awaits_while_together")


def test_a_price_is_positive(client_user, listing):
    booking = ordered(client_user, listing)
    columns = [field.column for field in booking.terms._meta.fields if field.column not in ("booking_id", "price_fen")]
    rest = ", ".join(columns)
    empty_terms()
    refused(
        f"INSERT INTO bookings_terms (booking_id, price_fen, {rest}) SELECT booking_id, 0, {rest} FROM kept_terms",
        "terms_have_price",
    )


@pytest.mark.parametrize("change", ["UPDATE bookings_terms SET price_fen = 1", "DELETE FROM bookings_terms"])
def test_terms_never_change(client_user, listing, change):
    ordered(client_user, listing)
    refused(change, "terms are final")


def test_a_segment_never_changes(client_user, listing):
    booking = live(client_user, listing)
    segment(booking, 0, MINUTE)
    refused("UPDATE bookings_segment SET end_ms = end_ms + 1", "final")


def test_a_companion_does_not_live_the_same_moment_twice(client_user, other_client, listing):
    second, first = requested(other_client, listing), live(client_user, listing)
    segment(first, 0, MINUTE)
    segment(second, MINUTE, 2 * MINUTE)
    with pytest.raises(DatabaseError, match="segment_no_overlap"), transaction.atomic():
        segment(second, MINUTE - 1, 3 * MINUTE)


def test_a_segment_does_not_run_backwards(client_user, listing):
    booking = live(client_user, listing)
    with pytest.raises(DatabaseError), transaction.atomic():
        segment(booking, MINUTE, 0)


def segment(booking: Booking, start: int, end: int) -> None:
    Segment.objects.create(
        booking=booking, companion=booking.companion, start_ms=start, end_ms=end, stop_reason="deadline"
    )


def refused(sql: str, rule: str) -> None:
    with pytest.raises(DatabaseError, match=rule), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def allow_any_transition() -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bookings_transition VALUES ('live', 'somewhere')")


def empty_terms() -> None:
    """Puts the terms aside, past their trigger."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("CREATE TEMPORARY TABLE kept_terms ON COMMIT DROP AS SELECT * FROM bookings_terms")
        cursor.execute("ALTER TABLE bookings_terms DISABLE TRIGGER bookings_terms_final")
        cursor.execute("DELETE FROM bookings_terms")
