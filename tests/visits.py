"""Appointments in person, in each state, and their moment moved near."""

from datetime import timedelta
from uuid import uuid4

from django.db import connection

from accounts.models import User
from bookings import services
from bookings.models import Booking, MeetingCode
from listings.models import Listing, TakenTime
from tests.cast import a_listing, a_user, a_week
from tests.orders import MINUTE, on_the_half_hour, past_the_triggers, pay, starts_move_freely
from tests.papers import identify
from tests.payments.paying import paid
from tests.stand_in import StandIn

START, END = MeetingCode.Purpose.START, MeetingCode.Purpose.END
LONGER_AGO = """
UPDATE bookings_booking SET starts_ms = starts_ms - %(ms)s, due_ms = due_ms - %(ms)s,
       came_ms = came_ms - %(ms)s, client_came_ms = client_came_ms - %(ms)s
 WHERE id = %(id)s
"""


def a_place(name: str, kind: str = "clinic", **fields) -> Listing:
    """Of a companion whose hours go round the clock."""
    listing = a_listing(name, kind=kind, **fields)
    a_week(listing.companion)
    return listing


def ask_for(client: User, listing: Listing, starts_at=None, minutes: int | None = None, **asked) -> Booking:
    """Ordered, not paid, by somebody who is identified."""
    if not client.identity_checks.exists():
        identify(client)
    asked |= {"minutes": minutes or listing.lengths[0], "starts_at": starts_at or on_the_half_hour()}
    return services.order(by=client, listing=listing, request_key=uuid4(), **asked)


def half_paid(client: User, listing: Listing) -> Booking:
    """Of three who share it one has paid, one still may, and one has dropped his part."""
    booking = ask_for(client, listing, shared_by=3)
    for name in ("he", "ma"):
        share = services.take_share(booking=booking, by=a_user(f"guest-{name}"))
    services.drop_share(booking=booking, by=share.payer)
    return pay(booking)


def agreed(client: User, listing: Listing, **asked) -> Booking:
    """Paid and accepted."""
    booking = pay(ask_for(client, listing, **asked))
    return services.accept(booking=booking, by=booking.companion)


def due_in(booking: Booking, minutes: float, way_min: int = 40) -> Booking:
    """The same appointment, so many minutes from now (or ago), and as if the way there were so long."""
    with starts_move_freely(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE bookings_booking b SET starts_ms = bookings_now_ms() + %s,"
            " due_ms = bookings_now_ms() + %s + t.first_message_window_ms"
            " FROM bookings_terms t WHERE t.booking_id = b.id AND b.id = %s RETURNING starts_ms",
            [int(minutes * MINUTE), int(minutes * MINUTE), booking.pk],
        )
    booking.refresh_from_db()
    ends, pause = booking.ends_at, timedelta(minutes=40)
    sets_off_at = booking.starts_at - timedelta(minutes=way_min)
    TakenTime.objects.filter(ref=booking.pk).update(
        starts_at=booking.starts_at, ends_at=ends, free_again_at=ends + pause, sets_off_at=sets_off_at
    )
    return booking


def near(client: User, listing: Listing, minutes: float = 5, **asked) -> Booking:
    """Accepted, and agreed for in a few minutes."""
    return due_in(agreed(client, listing, **asked), minutes)


def code(booking: Booking, purpose: MeetingCode.Purpose = START) -> str:
    return services.code_of(booking=booking, purpose=purpose, by=booking.client).digits


def another(digits: str) -> str:
    """A wrong one."""
    return f"{(int(digits) + 1) % 1_000_000:06d}"


def enter(booking: Booking, digits: str, purpose: MeetingCode.Purpose = START) -> Booking:
    return services.enter_code(booking=booking, digits=digits, purpose=purpose, by=booking.companion)


def together(client: User, listing: Listing, minutes: float = 5, **asked) -> Booking:
    """The clock runs."""
    booking = near(client, listing, minutes, **asked)
    return enter(booking, code(booking))


def bought(client: User, listing: Listing, stand_in: StandIn, **asked) -> Booking:
    """As `agreed`, with money that Stripe has and can send back."""
    booking = ask_for(client, listing, **asked)
    paid(stand_in, services.payment_of(booking))
    return services.accept(booking=booking, by=booking.companion)


def let_pass(booking: Booking, minutes: float) -> Booking:
    """So many minutes go by for an accepted appointment: what has happened to it is as much longer ago."""
    by = {"ms": int(minutes * MINUTE), "id": booking.pk}
    with starts_move_freely(), connection.cursor() as cursor:
        cursor.execute(LONGER_AGO, by)
        with past_the_triggers():
            cursor.execute("UPDATE bookings_step SET at_ms = at_ms - %(ms)s WHERE booking_id = %(id)s", by)
    booking.refresh_from_db()
    return booking
