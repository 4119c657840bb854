"""Two who are together for five minutes, and what is known of where they are."""

from django.db import connection

from accounts.models import User
from bookings.models import Booking, Segment
from bookings.services import presence as absences
from common.clock import database_now_ms
from listings.models import Listing
from tests.orders import MINUTE, live, past_the_triggers
from tests.presence import look_again, seen

SECOND = 1000


def five_minutes_in(client: User, listing: Listing) -> Booking:
    """Both are here."""
    booking = live(client, listing)
    age(booking, 5 * MINUTE)
    both_here(booking, database_now_ms())
    return booking


def age(booking: Booking, ms: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE bookings_booking SET live_since_ms = live_since_ms - %s, due_ms = due_ms - %s", [ms, ms])
        with past_the_triggers():
            cursor.execute("UPDATE bookings_step SET at_ms = at_ms - %s", [ms])
    booking.refresh_from_db()


def both_here(booking: Booking, at_ms: int) -> None:
    seen(booking.companion, at_ms)
    seen(booking.client, at_ms)


def notice(now_ms: int) -> int:
    look_again()
    return absences.notice(now_ms=now_ms)


def standing(booking: Booking) -> tuple:
    booking.refresh_from_db()
    return booking.state, booking.pause_reason


def stretches(booking: Booking) -> list[tuple[int, str]]:
    """Of each closed stretch how long it was, and why it ended."""
    rows = Segment.objects.filter(booking=booking).order_by("start_ms")
    return [(segment.end_ms - segment.start_ms, segment.stop_reason) for segment in rows]


def arrive(user_id: int, seen_ms: int | None, now_ms: int | None = None, exact: bool = True) -> list:
    with connection.cursor() as cursor:
        asked = [user_id, seen_ms, exact, 45_000, now_ms]
        cursor.execute("SELECT * FROM bookings_note_arrival(%s, %s, %s, %s, %s)", asked)
        return [booking_id for (booking_id,) in cursor.fetchall()]


def pause_at(booking: Booking, at_ms: int) -> None:
    booking.refresh_from_db()
    Segment.objects.create(
        booking=booking,
        companion_id=booking.companion_id,
        start_ms=booking.live_since_ms,
        end_ms=at_ms,
        stop_reason="client",
    )
    booking.closed_ms += at_ms - booking.live_since_ms
    booking.state, booking.pause_reason, booking.live_since_ms, booking.due_ms = (
        "paused",
        "client",
        None,
        at_ms + MINUTE,
    )
    booking.save(update_fields=["state", "pause_reason", "live_since_ms", "closed_ms", "due_ms"])


def resume_at(booking: Booking, at_ms: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bookings_go_live(b, %s, 45000) FROM bookings_booking b WHERE id = %s", [at_ms, booking.pk]
        )
