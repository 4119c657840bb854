"""Orders in each state, made through the services. Payment is applied as Stripe's word would be; the tests that are
about Stripe speak to the stand-in instead."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.utils import timezone

import bookings.sql
from accounts.models import User
from bookings import services
from bookings.models import Booking, Extension
from listings.models import Listing
from payments import services as payments
from payments.gateway.values import Capture, Checkout
from payments.models import Payment

MINUTE = 60_000
MOVING = Path(bookings.sql.__file__).with_name("moving.sql")
# What is typed is a day of the calendar, but in UTC it is none.
OFF_THE_CALENDAR = ("0001-01-01T00:00", "9999-12-31T23:59:59-08:00")


def ordered(client: User, listing: Listing, minutes: int = 30, starts_at=None) -> Booking:
    wish = {"minutes": minutes, "starts_at": starts_at}
    return services.order(by=client, listing=listing, request_key=uuid4(), **wish)


def on_the_half_hour(hours: int = 48) -> datetime:
    """A start that the grid offers, so many hours from now."""
    then = timezone.now() + timedelta(hours=hours)
    return then.replace(minute=then.minute // 30 * 30, second=0, microsecond=0)


def appointed(client: User, listing: Listing, minutes: int = 30, starts_at: datetime | None = None) -> Booking:
    """An accepted appointment, by default in two days. Needs hours: `tests.cast.a_week`."""
    booking = pay(ordered(client, listing, minutes, starts_at or on_the_half_hour()))
    return services.accept(booking=booking, by=booking.companion)


def pay(booking: Booking, fee: int = 34, seq: int = 1) -> Booking:
    payment = Payment.objects.get(ref=booking.pk, seq=seq)
    capture = Capture(f"pi_{payment.pk}", f"ch_{payment.pk}", payment.amount, fee, "visa •••• 4242")
    payments.apply_checkout(payment_id=payment.pk, checkout=Checkout(f"cs_{payment.pk}", "", "complete", capture))
    booking.refresh_from_db()
    return booking


def pay_on_top(extension: Extension, method: str = "visa •••• 4242") -> Extension:
    """Stripe took the money of an extension, whenever it came."""
    payment = Payment.objects.get(ref=extension.booking_id, seq=extension.payment_seq)
    capture = Capture(f"pi_{payment.pk}", f"ch_{payment.pk}", payment.amount, 34, method)
    payments.apply_checkout(payment_id=payment.pk, checkout=Checkout(f"cs_{payment.pk}", "", "complete", capture))
    extension.refresh_from_db()
    return extension


def requested(client: User, listing: Listing, minutes: int = 30) -> Booking:
    return pay(ordered(client, listing, minutes))


def accepted(client: User, listing: Listing, minutes: int = 30) -> Booking:
    booking = requested(client, listing, minutes)
    return services.accept(booking=booking, by=booking.companion)


def live(client: User, listing: Listing, minutes: int = 30) -> Booking:
    booking = accepted(client, listing, minutes)
    speak(booking.pk, companion=True)
    booking.refresh_from_db()
    return booking


def speak(booking_id: UUID, *, companion: bool, now_ms: int | None = None, client_here: bool = True) -> tuple:
    """A message as the booking sees it: (may be written, its time, the booking stepped)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT open, at_ms, stepped FROM bookings_note_message(%s, %s, 45000, %s, %s)",
            [booking_id, companion, now_ms, client_here],
        )
        return cursor.fetchone()


def note_absence(user_id: int, seen_ms: int, now_ms: int | None = None) -> int:
    """This user was last connected then, and is not connected now; returns how many bookings that changed."""
    with connection.cursor() as cursor:
        asked = [[user_id], [seen_ms], [True], now_ms]
        cursor.execute("SELECT bookings_note_absences(%s::bigint[], %s::bigint[], %s::boolean[], 45000, %s)", asked)
        return cursor.fetchone()[0]


def note_return(user_id: int, now_ms: int | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT bookings_note_returns(%s::bigint[], 45000, %s)", [[user_id], now_ms])


def settle(booking: Booking, now_ms: int | None = None) -> Booking:
    """Lets everything that is due by `now_ms` (by default: in a day) happen."""
    booking.refresh_from_db()
    later = now_ms or (booking.due_ms or 0) + 24 * 60 * MINUTE
    services.sweep(now_ms=later)
    services.run_due(now_ms=later + 24 * 60 * MINUTE)
    booking.refresh_from_db()
    return booking


def talked(client: User, listing: Listing, minutes: int = 3) -> Booking:
    """A settled order. Its minutes are only written on it: the ledger is about other tests."""
    booking = live(client, listing)
    services.end(booking=booking, by=client)
    Booking.objects.filter(pk=booking.pk).update(billed_min=minutes, closed_ms=minutes * MINUTE)
    return settle(booking)


CLOCK = "(SELECT bookings_now_ms() AS now_ms OFFSET 0) AS clock"


def rewrite(change: str, only: str = "true", **values: Any) -> None:
    """Writes orders past the services; `now_ms` is one moment however often `change` says it."""
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE bookings_booking SET {change} FROM {CLOCK} WHERE {only}", values or None)


def ask(since: str) -> None:
    """A question waits since then (SQL, NULL: none does; `now_ms` is this moment), past the services."""
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE bookings_turn SET asked_ms = {since}, awaiting_since_ms = {since} FROM {CLOCK}")


def long_ago(booking: Booking, ms: int) -> Booking:
    """Moves its end into the past."""
    booking.ended_ms -= ms
    with past_the_triggers():
        booking.save(update_fields=["ended_ms"])
    return booking


FREELY = """
CREATE OR REPLACE FUNCTION bookings_start_agreed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$
"""


@contextmanager
def starts_move_freely() -> Iterator[None]:
    """Inside, time comes near by itself: a start is written without anybody's agreement."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FREELY)
        yield
        cursor.execute(MOVING.read_text(encoding="utf-8"))


@contextmanager
def past_the_triggers() -> Iterator[None]:
    """Inside, what is final can be written all the same, as by somebody with the database's own password."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
